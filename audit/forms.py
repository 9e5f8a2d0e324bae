"""Forms of the auditor's pages."""

from django import forms

from audit.actions import Action, Outcome
from audit.reading import Filters


class LedgerFilter(forms.Form):
    """Narrowing the ledger. A GET form: none of its fields can hold a plate."""

    person = forms.CharField(max_length=150, required=False, label="User name or device")
    action = forms.ChoiceField(choices=[("", "Every act"), *Action.choices], required=False, label="What was done")
    outcome = forms.ChoiceField(choices=[("", "Every outcome"), *Outcome.choices], required=False, label="Outcome")
    first_day = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}))
    subject_type = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    subject_id = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    before = forms.IntegerField(min_value=0, max_value=2**62, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and first > last:
            self.add_error("last_day", "The last day comes before the first.")
        return cleaned

    def filters(self) -> Filters:
        """The filters of a valid form."""
        return Filters(**{name: self.cleaned_data[name] for name in Filters.__slots__})
