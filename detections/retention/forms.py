"""Forms of approvals: shape only, the rules decide."""

from typing import Any, cast

from django import forms

from detections.models import PurgeApproval


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
