"""Forms of evidence packages: shape only, the rules decide."""

from uuid import UUID

from django import forms
from django.core.exceptions import BadRequest

from audit.models import User
from detections.evidence.ask import Handing
from detections.models import Search
from detections.photo_tokens import Look


class PackageForm(forms.Form):
    """Whom the package is for, and which report tells of it."""

    use_required_attribute = False

    recipient = forms.CharField(
        label="Who gets it?",
        required=False,
        max_length=120,
        help_text="As it should stand on the sheet: a name, an office.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    report_number = forms.CharField(
        label="Number of the report that tells of it",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def handing(self) -> Handing:
        """The valid form as the verb takes it."""
        return Handing(**self.cleaned_data)


def look_of(search_id: str, user: User) -> tuple[Search, Look]:
    """An own search and the look behind it. Raises BadRequest for anything that is not one."""
    try:
        search = Search.objects.get(pk=UUID(search_id), asked_by=user)
    except (ValueError, Search.DoesNotExist) as error:
        raise BadRequest("the reads came without a search of one's own") from error
    return search, Look(search.purpose, search.reason, search.case_number)
