"""Forms of the registers: they judge shape; the verbs judge what stands in them."""

from django import forms

from audit.models import MemberPlate
from audit.plates import PlateError, normalise
from audit.registers.rows import MOST_BYTES


class FileForm(forms.Form):
    """A CSV file."""

    file = forms.FileField(label="CSV file", widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}))

    def clean_file(self) -> bytes:
        """The file's bytes; one that is too large is not read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")
        return bytes(file.read())


class PlateForm(forms.Form):
    """A plate of a member or of their household."""

    username = forms.CharField(
        label="User name of the member", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    plate = forms.CharField(
        max_length=64,
        help_text="It is kept as a digest only: nobody can read it here again.",
        widget=forms.TextInput(attrs={"class": "plate-input", "autocomplete": "off", "autocapitalize": "characters"}),
    )
    relation = forms.ChoiceField(
        label="What it is to them", choices=MemberPlate.Relation.choices, widget=forms.RadioSelect
    )

    def clean_plate(self) -> str:
        """The plate in its written form."""
        try:
            return normalise(self.cleaned_data["plate"])
        except PlateError as error:
            raise forms.ValidationError(error.reason) from error
