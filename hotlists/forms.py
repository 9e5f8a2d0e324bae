"""Forms of hot plates: they judge shape; the rules decide."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from audit import plates
from audit.asker import Asker
from audit.policy import Profile
from hotlists import operations, rules
from hotlists.entries import plate as plate_of
from hotlists.models import HotList, HotPlate

# In hours; the longer ones only where the policy sets no longest life.
LIVES = (1, 2, 4, 8, 12, 24, 48, 72, 168, 336, 720)
DEFAULT_LIFE = 24
_QUIET = {"autocomplete": "off"}


def lives(profile: Profile) -> list[tuple[int, str]]:
    """Lives in hours that the profile allows, as choices."""
    longest = rules.longest_life(profile)
    allowed = [hours for hours in LIVES if longest is None or timedelta(hours=hours) <= longest]
    return [(hours, _life_in_words(hours)) for hours in allowed]


def _life_in_words(hours: int) -> str:
    """Hours up to two days, then days: "24 hours" and "1 day" are not the same on every night of the year."""
    if hours <= 48:
        return "1 hour" if hours == 1 else f"{hours} hours"
    return f"{hours // 24} days ({hours} hours)"


class LifeField(forms.TypedChoiceField):
    """Hours, as elapsed time."""

    def __init__(self, **options: Any) -> None:
        super().__init__(coerce=lambda hours: timedelta(hours=int(hours)), label="Lives for", **options)


class EntryForm(forms.Form):
    """What E.1 and E.2 want to know about a hot plate."""

    plate = forms.CharField(
        max_length=plates.MAX_TYPED,
        help_text="As on the vehicle. Type ? for each character nobody saw.",
        widget=forms.TextInput(attrs=_QUIET | {"class": "plate-input", "autocapitalize": "characters"}),
    )
    incident_number = forms.CharField(
        max_length=30, required=False, help_text="For a partial plate: where it was reported.",
        widget=forms.TextInput(attrs=_QUIET),
    )  # fmt: skip
    state = forms.ChoiceField(required=False, choices=[("", "Not known"), *plates.US_STATES.items()], initial="CA")
    category = forms.ChoiceField(label="Looked for as", choices=[("", "Choose one"), *HotPlate.Category.choices])
    vehicle_description = forms.CharField(
        label="Vehicle", max_length=200, required=False, help_text="Colour, make, model, year, marks.", strip=True
    )
    case_number = forms.CharField(
        max_length=20, required=False, help_text="Such as 26-123456. Leave empty only if there is no case.",
        widget=forms.TextInput(attrs=_QUIET),
    )  # fmt: skip
    xref = forms.CharField(
        label="XREF", max_length=20, required=False, help_text="The subject's, only if there is no case number.",
        widget=forms.TextInput(attrs=_QUIET),
    )  # fmt: skip
    reason = forms.CharField(
        label="Reason for entry", max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What happened. The officer who gets the hit reads this.",
    )  # fmt: skip
    life = LifeField(initial=DEFAULT_LIFE, help_text="It stops matching by itself after that.")
    hot_list = forms.ModelChoiceField(label="List", queryset=HotList.objects.none(), empty_label=None)
    not_listed_why = forms.CharField(
        label="Why not in CLETS/NCIC", max_length=300, required=False,
        help_text="On a special list: which criterion the plate does not meet.",
    )  # fmt: skip
    system = forms.ChoiceField(
        label="CLETS/NCIC system", required=False, choices=[("", "Not entered yet"), *HotPlate.System.choices]
    )
    system_entry_number = forms.CharField(label="CLETS/NCIC entry number", max_length=30, required=False)

    def __init__(self, *data: Any, by: Asker, profile: Profile, **options: Any) -> None:
        super().__init__(*data, **options)
        self.fields["life"].choices = lives(profile)  # type: ignore[attr-defined]
        lists = operations.lists_open_to(by, timezone.now())
        self.fields["hot_list"].queryset = HotList.objects.filter(pk__in=[one.pk for one in lists])  # type: ignore[attr-defined]
        self.fields["hot_list"].initial = lists[0].pk if lists else None

    def clean_plate(self) -> str:
        try:
            return plate_of.normalise(self.cleaned_data["plate"])
        except plates.PlateError as error:
            raise forms.ValidationError(error.reason) from None

    def wanted(self) -> operations.Wanted:
        """The valid form as the verb takes it."""
        facts = dict(self.cleaned_data)
        return operations.Wanted(hot_list_id=facts.pop("hot_list").pk, **facts)


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label="Why it is withdrawn", max_length=300, help_text="Such as: vehicle recovered by patrol."
    )


class FindForm(forms.Form):
    """A plate to find on the hot lists: by POST, since no address holds a plate."""

    plate = forms.CharField(
        label="Find a plate", max_length=plates.MAX_TYPED, help_text="With ? for each unknown character.",
        widget=forms.TextInput(attrs=_QUIET | {"class": "plate-input", "autocapitalize": "characters"}),
    )  # fmt: skip

    def clean_plate(self) -> str:
        try:
            return plate_of.normalise(self.cleaned_data["plate"])
        except plates.PlateError as error:
            raise forms.ValidationError(error.reason) from None


class NarrowForm(forms.Form):
    """Which entries the list shows. A GET form: none of its fields can hold a plate."""

    hot_list = forms.ModelChoiceField(
        label="List", queryset=HotList.objects.none(), required=False, empty_label="Every list"
    )
    mine = forms.BooleanField(label="Only those I entered", required=False)

    def __init__(self, *data: Any, by: Asker, at: datetime, **options: Any) -> None:
        super().__init__(*data, **options)
        lists = HotList.objects.visible_to(by.user, at) if by.user else HotList.objects.none()
        self.fields["hot_list"].queryset = lists.order_by("kind", "name")  # type: ignore[attr-defined]


class RenewForm(forms.Form):
    reason = forms.CharField(
        label="New reason", max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What makes the plate wanted for longer. The old reason again is not enough.",
    )  # fmt: skip
    life = LifeField(initial=DEFAULT_LIFE)

    def __init__(self, *data: Any, profile: Profile, **options: Any) -> None:
        super().__init__(*data, **options)
        self.fields["life"].choices = lives(profile)  # type: ignore[attr-defined]


class SystemForm(forms.Form):
    system = forms.ChoiceField(label="System", choices=HotPlate.System.choices)
    entry_number = forms.CharField(max_length=30)
