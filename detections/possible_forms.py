"""Forms of possible matches: shape only, the rules decide."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms

from detections.models import PossibleMatch

MOST_AT_ONCE = 50
OUTCOMES = [choice for choice in PossibleMatch.Status.choices if choice[0] != PossibleMatch.Status.NEW]


class DecideForm(forms.Form):
    """What the person found."""

    outcome = forms.ChoiceField(label="What it is", choices=OUTCOMES, widget=forms.RadioSelect)
    note = forms.CharField(
        label="Note",
        max_length=300,
        required=False,
        help_text="For a lead: what fits. Nothing out of CLETS or NCIC.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *data: Any, outcomes: Iterable[str] = (), **options: Any) -> None:
        super().__init__(*data, **options)
        offered = set(outcomes)
        if offered:
            self.fields["outcome"].choices = [one for one in OUTCOMES if one[0] in offered]  # type: ignore[attr-defined]


class DismissForm(forms.Form):
    """Several to be called another vehicle."""

    chosen = forms.TypedMultipleChoiceField(coerce=UUID, required=False)

    def __init__(self, *data: Any, **options: Any) -> None:
        super().__init__(*data, **options)
        given = self.data.getlist("chosen") if hasattr(self.data, "getlist") else []
        # Any well-formed id may be asked for: whether there is one for this person is for the verb.
        self.fields["chosen"].choices = [(value, value) for value in given if _is_id(value)]  # type: ignore[attr-defined]

    def clean_chosen(self) -> list[UUID]:
        chosen: list[UUID] = self.cleaned_data["chosen"]
        if not chosen:
            raise forms.ValidationError("Tick at least one.")
        if len(chosen) > MOST_AT_ONCE:
            raise forms.ValidationError(f"At most {MOST_AT_ONCE} at once.")
        return chosen


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
