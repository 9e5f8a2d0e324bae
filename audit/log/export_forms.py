"""Forms of exports and extracts: shape only, the rules decide."""

import re
from typing import Any

from django import forms

from audit.log.export import HIDDEN_GROUPS, Wanted
from audit.log.rules_export import PURPOSES

FIELDS = {
    "query": "What was looked for (plates)",
    "reason": "Reasons in people's own words",
    "case_number": "Case numbers",
    "subject_label": "Names of what was looked at",
    "detail": "Old and new values",
}


class Release(forms.Form):
    """What every release asks: for what, for whom, and which fields stay here."""

    use_required_attribute = False

    purpose = forms.ChoiceField(label="What is it for?", choices=[("", "Choose"), *PURPOSES.items()], required=False)
    reason = forms.CharField(
        label="Who wants it, and why",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    recipient = forms.CharField(label="Who gets it", max_length=120, required=False)
    withheld_fields = forms.MultipleChoiceField(
        label="Leave out",
        help_text="The records still verify. What is left out can be given later, and checked then.",
        choices=list(FIELDS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class ExportForm(Release):
    """A whole stretch of the ledger."""

    first_day = forms.DateField(label="From day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(label="To day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    first_index = forms.IntegerField(label="From record", required=False, min_value=0, max_value=2**60)
    last_index = forms.IntegerField(label="To record", required=False, min_value=0, max_value=2**60)
    hidden_acts = forms.MultipleChoiceField(
        label="Leave out whole records of",
        help_text="Such a record shows its number and its hash, so that nobody can say there was none.",
        choices=list(HIDDEN_GROUPS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        days = cleaned.get("first_day"), cleaned.get("last_day")
        numbers = cleaned.get("first_index"), cleaned.get("last_index")
        if any(days) and any(number is not None for number in numbers):
            raise forms.ValidationError("Give days or record numbers, not both.")
        if days[0] and days[1] and days[0] > days[1]:
            self.add_error("last_day", "The last day comes before the first.")
        if numbers[0] is not None and numbers[1] is not None and numbers[0] > numbers[1]:
            self.add_error("last_index", "The last record comes before the first.")
        return cleaned

    def wanted(self) -> Wanted:
        """The valid form as the verb takes it."""
        return Wanted(**self.cleaned_data)


class ExtractForm(Release):
    """A few records, for a court or a requester."""

    records = forms.CharField(label="Record numbers", help_text="Such as 12, 15-18", max_length=2000, required=False)
    form = forms.ChoiceField(
        label="As",
        choices=[("pdf", "Paper (PDF), with the proofs attached"), ("json", "For programs (JSON)")],
        initial="pdf",
        widget=forms.RadioSelect,
    )

    def clean_records(self) -> list[int]:
        """Each number named, in order, without repetition."""
        found: set[int] = set()
        for part in re.split(r"[,\s]+", self.cleaned_data["records"].strip()):
            match = re.fullmatch(r"([0-9]{1,15})(?:[-–]([0-9]{1,15}))?", part)
            if part and not match:
                raise forms.ValidationError(f"{part!r} is no record number, nor a range such as 15-18.")
            if match:
                first, last = int(match[1]), int(match[2] or match[1])
                if last - first + len(found) > 10_000:
                    raise forms.ValidationError("That range is too wide for an extract; make an export.")
                found.update(range(first, last + 1))
        return sorted(found)
