"""Forms of holds and approvals: shape only, the rules decide."""

from datetime import date
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.exceptions import BadRequest

from detections.models import Hold, PurgeApproval
from detections.retention.holds import HoldTerms
from detections.rules.holds import MOST_READS


class HoldForm(forms.Form):
    """Why and until when some reads are held."""

    use_required_attribute = False

    case_number = forms.CharField(
        label="Case number (required)",
        required=False,
        max_length=20,
        help_text="Year, dash, number: 26-123456.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label="Ground", choices=Hold.Kind.choices, widget=forms.RadioSelect)
    proceeding = forms.ChoiceField(choices=Hold.Proceeding.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why are they kept? (required)",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    review_on = forms.DateField(
        label="Look at it again on",
        help_text="A day within the next year.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def terms(self) -> HoldTerms:
        """The valid form as the verb takes it."""
        return HoldTerms(**self.cleaned_data)


class LiftRequestForm(forms.Form):
    """Why a hold may end."""

    use_required_attribute = False

    reason = forms.CharField(label="Why may it end?", required=False, max_length=300)


class ApprovalForm(forms.Form):
    """Who approves, and the paper it rests on."""

    use_required_attribute = False

    kind = forms.ChoiceField(label="Approval of", choices=PurgeApproval.Kind.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label="Resolution or letter it rests on",
        required=False,
        max_length=300,
        help_text="Needed for the city council and attorney.",
    )

    def __init__(self, data: Any = None, *, wanted: list[str]) -> None:
        super().__init__(data, initial={"kind": wanted[0] if wanted else ""})
        offered = [choice for choice in PurgeApproval.Kind.choices if choice[0] in wanted]
        cast(forms.ChoiceField, self.fields["kind"]).choices = offered or PurgeApproval.Kind.choices


def read_ids(values: list[str]) -> list[UUID]:
    """The ids of ticked reads without doubles, one more than the most at the worst; raises BadRequest for no id."""
    try:
        return list(dict.fromkeys(UUID(value) for value in values[: MOST_READS + 1]))
    except ValueError as error:
        raise BadRequest("not the id of a read") from error


def in_half_a_year(today: date) -> date:
    """The review day that the form offers."""
    return date.fromordinal(today.toordinal() + 182)
