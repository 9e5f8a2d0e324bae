"""Forms of the hit desk and of reading photographs: shape only, the rules decide."""

from typing import Any

from django import forms

from audit.plates import US_STATES, PlateError, normalise
from detections.models import Hit

CHECKS_WITH_PICTURE = [choice for choice in Hit.Check.choices if choice[0] != Hit.Check.NO_PICTURE]
CHECKS_WITHOUT = [choice for choice in Hit.Check.choices if choice[0] == Hit.Check.NO_PICTURE]


class StepForm(forms.Form):
    """A step of a hit; its fields are the arguments of its verb."""

    def show_for(self, hit: Hit) -> None:
        """Fill in what is on record, and offer only what fits the hit."""
        for name, field in self.fields.items():
            if isinstance(field, forms.CharField):
                field.initial = getattr(hit, name, "")


class CheckForm(StepForm):
    result = forms.ChoiceField(label="What the picture shows", choices=Hit.Check.choices, widget=forms.RadioSelect)

    def show_for(self, hit: Hit) -> None:
        """Only "no picture" where there is none, and never where there is one."""
        offered = CHECKS_WITH_PICTURE if hit.detection.photo_id else CHECKS_WITHOUT
        self.fields["result"].choices = offered  # type: ignore[attr-defined]


class VerifyForm(StepForm):
    """Result classes only: the text of an answer stays in CLETS and NCIC."""

    clets = forms.ChoiceField(label="CLETS", choices=Hit.Result.choices, widget=forms.RadioSelect, required=False)
    ncic = forms.ChoiceField(label="NCIC", choices=Hit.Result.choices, widget=forms.RadioSelect, required=False)


class BroadcastForm(StepForm):
    call_number = forms.CharField(label="Call for service number", max_length=30, required=False)
    incident_type = forms.CharField(label="Incident type code", max_length=20, required=False)
    vehicle_seen = forms.CharField(label="Vehicle description", max_length=200, required=False)
    direction = forms.CharField(label="Direction of travel", max_length=60, required=False)


class CloseForm(StepForm):
    disposition = forms.ChoiceField(label="What came of it", choices=Hit.Disposition.choices, widget=forms.RadioSelect)
    independent_basis = forms.CharField(
        label="Independent basis of the stop",
        help_text="For a stop: what the officer saw or knew apart from the hit.",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    recovery_call = forms.CharField(
        label="Recovery call number",
        help_text="For a recovered stolen vehicle.",
        max_length=30,
        required=False,
    )


class TakeForm(StepForm):
    """No fields: taking needs nothing but the hit."""


class ReleaseForm(StepForm):
    """No fields: neither does giving back."""


class DeskFilter(forms.Form):
    """Which hits the desk shows. Anything else asked for is ignored."""

    show = forms.CharField(required=False, max_length=10)
    camera = forms.SlugField(required=False, max_length=40)

    def filters(self) -> dict[str, str]:
        """What was asked for in a form the desk knows."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class TranscribeForm(forms.Form):
    """What a person reads: a plate and its state, or that there is none."""

    plate = forms.CharField(
        label="Plate as you read it",
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"class": "plate-input", "autocomplete": "off", "autocapitalize": "characters"}),
    )
    state = forms.ChoiceField(label="State", required=False)
    no_plate = forms.BooleanField(label="There is no plate in the picture", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [("", "Not seen"), *((code, code) for code in sorted(US_STATES))]  # type: ignore[attr-defined]

    def clean_plate(self) -> str:
        """The plate in its written form, with the character named that is none."""
        plate = self.cleaned_data["plate"]
        try:
            return normalise(plate) if plate.strip() else ""
        except PlateError as error:
            raise forms.ValidationError(error.reason) from error

    def clean(self) -> dict[str, Any]:
        """Exactly one of a plate and "no plate"."""
        cleaned = super().clean() or self.cleaned_data
        if "plate" in cleaned and bool(cleaned["plate"]) == cleaned["no_plate"]:
            self.add_error("plate", "Type the plate, or say that there is none: one of the two.")
        return cleaned
