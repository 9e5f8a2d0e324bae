"""Forms of other systems and their audit exports: they judge shape; the rules decide."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from audit.elsewhere.hand_in import Export
from audit.elsewhere.layout import all_layouts
from audit.elsewhere.systems import AccountWanted
from audit.models import QuerySystem, User

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_QUIET = {"autocomplete": "off"}


class HandInForm(forms.Form):
    """An audit export and the days it covers."""

    system = forms.ModelChoiceField(queryset=QuerySystem.objects.none(), empty_label="Choose one")
    first_day = forms.DateField(label="First day it covers", widget=_DAY)
    last_day = forms.DateField(label="Last day it covers", widget=_DAY)
    file = forms.FileField(
        label="The export, as CSV", widget=forms.ClearableFileInput(attrs={"data-upload-file": ""}),
        help_text="As the system wrote it. Bad rows are named; the file is kept under its hash.",
    )  # fmt: skip

    def __init__(self, *data: Any, **options: Any) -> None:
        super().__init__(*data, **options)
        self.fields["system"].queryset = QuerySystem.objects.filter(ended_on=None).order_by("name")  # type: ignore[attr-defined]

    def export(self) -> Export:
        """What is said of the file."""
        facts = self.cleaned_data
        file: UploadedFile = facts["file"]
        return Export(facts["system"].pk, file.name or "", facts["first_day"], facts["last_day"])


class SystemForm(forms.Form):
    """A system outside this one."""

    name = forms.CharField(max_length=80, help_text="Such as LEARN.", widget=forms.TextInput(attrs=_QUIET))
    layout = forms.ChoiceField(label="How its audit export is written")
    expected_from = forms.DateField(
        label="Expected from", widget=_DAY, help_text="From this day on, every week must be covered by an export."
    )

    def __init__(self, *data: Any, **options: Any) -> None:
        super().__init__(*data, **options)
        known = [(one.name, f"{one.title}. {one.about}") for one in all_layouts().values()]
        self.fields["layout"].choices = [("", "Choose one"), *known]  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        """A name that no other system has."""
        name = " ".join(self.cleaned_data["name"].split())
        if QuerySystem.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError("There is a system of this name.")
        return name


class AccountForm(forms.Form):
    """Whose a user name of the other system is."""

    account = forms.CharField(label="User name there", max_length=150, widget=forms.TextInput(attrs=_QUIET))
    user = forms.ModelChoiceField(label="Person here", queryset=User.objects.none(), empty_label="Choose one")
    first_day = forms.DateField(label="From", widget=_DAY)
    last_day = forms.DateField(label="To", required=False, widget=_DAY, help_text="Blank: until further notice.")

    def __init__(self, *data: Any, **options: Any) -> None:
        super().__init__(*data, **options)
        own = User.objects.filter(organisation="").order_by("last_name", "username")
        self.fields["user"].queryset = own  # type: ignore[attr-defined]

    def wanted(self) -> AccountWanted:
        """The valid form as the verb takes it."""
        return AccountWanted(**self.cleaned_data)
