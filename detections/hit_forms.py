"""Forms of the hit desk and of reading photographs: shape only, the rules decide."""

from typing import Any

from django import forms

from audit.plates import US_STATES, PlateError, normalise
from audit.policy import Profile
from detections.models import Hit
from detections.rules.hits import fitting_outcomes

MOST_MINUTES = 24 * 60
CHECKS_WITH_PICTURE = [choice for choice in Hit.Check.choices if choice[0] != Hit.Check.NO_PICTURE]
CHECKS_WITHOUT = [choice for choice in Hit.Check.choices if choice[0] == Hit.Check.NO_PICTURE]


class MinutesField(forms.IntegerField):
    """How many minutes ago something was; empty means now."""

    def __init__(self, label: str) -> None:
        super().__init__(
            label=label,
            required=False,
            min_value=0,
            max_value=MOST_MINUTES,
            initial=0,
            widget=forms.NumberInput(attrs={"class": "minutes-input", "inputmode": "numeric"}),
        )

    def clean(self, value: Any) -> int:
        return super().clean(value) or 0


class StepForm(forms.Form):
    """A step of a hit; its fields are the arguments of its verb."""

    def show_for(self, hit: Hit, profile: Profile) -> None:
        """Fill in what is on record, and offer only what fits the hit and the policy."""
        for name, field in self.fields.items():
            if isinstance(field, forms.CharField):
                field.initial = getattr(hit, name, "")


class CheckForm(StepForm):
    result = forms.ChoiceField(label="What the picture shows", choices=Hit.Check.choices, widget=forms.RadioSelect)

    def show_for(self, hit: Hit, profile: Profile) -> None:
        """Only "no picture" where there is none, and never where there is one."""
        offered = CHECKS_WITH_PICTURE if hit.detection.photo_id else CHECKS_WITHOUT
        self.fields["result"].choices = offered  # type: ignore[attr-defined]


class VerifyForm(StepForm):
    """Result classes only: the text of an answer stays in CLETS and NCIC."""

    clets = forms.ChoiceField(label="CLETS", choices=Hit.Result.choices, widget=forms.RadioSelect, required=False)
    clets_minutes = MinutesField("CLETS run, minutes ago")
    ncic = forms.ChoiceField(label="NCIC", choices=Hit.Result.choices, widget=forms.RadioSelect, required=False)
    ncic_minutes = MinutesField("NCIC run, minutes ago")
    not_practicable = forms.CharField(
        label="Or why no query could be run",
        help_text="Where it is not practicable (462.3(f)).",
        max_length=300,
        required=False,
    )

    def show_for(self, hit: Hit, profile: Profile) -> None:
        """Without "not practicable" where the policy knows no such thing; a query it does not ask for says so."""
        super().show_for(hit, profile)
        for system in ("clets", "ncic"):
            if system not in profile["hit.verification"].value:
                self.fields[system].label = f"{system.upper()}, if it was run"
        if not profile.get("hit.not_practicable", False) and not self.is_bound:
            del self.fields["not_practicable"]


class BroadcastForm(StepForm):
    call_number = forms.CharField(
        label="Call for service number",
        help_text="Attach the results of the queries to it.",
        max_length=30,
        required=False,
    )
    incident_type = forms.CharField(
        label="Incident type code",
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"list": "incident-types", "autocomplete": "off"}),
    )
    vehicle_seen = forms.CharField(label="Vehicle description", max_length=200, required=False)
    direction = forms.CharField(label="Direction of travel", max_length=60, required=False)
    broadcast_minutes = MinutesField("Broadcast, minutes ago")


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

    def show_for(self, hit: Hit, profile: Profile) -> None:
        """Only outcomes that the steps on record carry; the rules refuse the others whoever asks.

        A form that was refused shows what was typed, whole.
        """
        super().show_for(hit, profile)
        if self.is_bound:
            return
        fits = fitting_outcomes(hit)
        field = self.fields["disposition"]
        field.choices = [choice for choice in Hit.Disposition.choices if choice[0] in fits]  # type: ignore[attr-defined]
        if Hit.Disposition.STOP not in fits:
            del self.fields["independent_basis"]
        if Hit.Disposition.RECOVERED not in fits:
            del self.fields["recovery_call"]
        if hit.status not in (Hit.Status.VERIFIED, Hit.Status.REJECTED) and not hit.informational:
            field.help_text = "Every other outcome needs a verification first (A.9)."


class TakeForm(StepForm):
    """No fields: taking needs nothing but the hit."""


class ReleaseForm(StepForm):
    """No fields: neither does giving back."""


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
