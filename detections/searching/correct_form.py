"""The form that corrects a read."""

from django import forms

from audit.plates import PlateError, normalise


class CorrectForm(forms.Form):
    """The plate as the picture shows it, and what was wrong with the read."""

    plate = forms.CharField(
        label="Plate as you read it",
        max_length=64,
        widget=forms.TextInput(attrs={"class": "plate-input", "autocomplete": "off", "autocapitalize": "characters"}),
    )
    why = forms.CharField(label="What the picture shows differently", max_length=200)

    def clean_plate(self) -> str:
        """The plate in its written form, with the character named that is none."""
        try:
            return normalise(self.cleaned_data["plate"])
        except PlateError as error:
            raise forms.ValidationError(error.reason) from error
