"""Forms of approvals and of the question whether a read was destroyed: shape only, the rules decide."""

from typing import Any, cast

from django import forms

from detections.models import PurgeApproval
from detections.retention.approvals import LARGEST_PAPER


class ApprovalForm(forms.Form):
    """Who approves, and the papers it rests on."""

    use_required_attribute = False

    kind = forms.ChoiceField(label="Approval of", choices=PurgeApproval.Kind.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label="Resolution or letter it rests on",
        required=False,
        max_length=300,
        help_text="Needed for the city council and attorney.",
    )
    consent = forms.CharField(
        label="The attorney's written consent",
        required=False,
        max_length=300,
        help_text="Needed for the city council and attorney: whose, of which day.",
    )

    def __init__(self, data: Any = None, files: Any = None, *, wanted: list[str]) -> None:
        super().__init__(data, files, initial={"kind": wanted[0] if wanted else ""})
        offered = [choice for choice in PurgeApproval.Kind.choices if choice[0] in wanted]
        cast(forms.ChoiceField, self.fields["kind"]).choices = offered or PurgeApproval.Kind.choices
        if "council_and_attorney" not in wanted:
            del self.fields["consent"]
            self.fields["note"].help_text = ""


class PlanApprovalForm(ApprovalForm):
    """The same for one plan, with the paper itself."""

    paper = forms.FileField(label="The paper", required=False, help_text="A PDF, kept with the certificate.")

    def paper_bytes(self) -> bytes:
        """The attached paper; empty where there is none. Of one that is too large no more than shows that it is."""
        handed_in = self.cleaned_data["paper"]
        return handed_in.read(LARGEST_PAPER + 1) if handed_in else b""


class ProveForm(forms.Form):
    """The id of a read, as it stands on a sheet, a package or in a record."""

    use_required_attribute = False

    read = forms.UUIDField(
        label="Id of the read",
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "mono", "size": 40}),
        error_messages={"invalid": "An id has 32 digits from 0 to f, with or without dashes."},
    )
