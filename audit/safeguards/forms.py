"""Forms of safeguards and breaches: they judge shape; the rules decide."""

from typing import Any

from django import forms

from audit.models import Safeguard, User
from audit.safeguards.breaches import Added
from audit.safeguards.evidence import EVIDENCE
from audit.safeguards.keeping import SafeguardWanted

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_INSTANT = {"type": "datetime-local"}


class SafeguardForm(forms.ModelForm):
    """A safeguard with its owner, its paper and what the system can show."""

    evidence = forms.ChoiceField(
        required=False, label="What the system can show",
        choices=[("", "Nothing: it is on paper only"), *((code, words) for code, (words, _) in EVIDENCE.items())],
        help_text="Taken from the database at each look and kept with each review.",
    )  # fmt: skip

    class Meta:
        model = Safeguard
        fields = (
            "title", "code", "kind", "clause", "owner", "owner_title", "paper", "paper_sha256", "evidence",
            "in_force_from", "next_review_on",
        )  # fmt: skip
        labels = {
            "code": "Short name",
            "owner_title": "Owner's title",
            "paper": "Document",
            "paper_sha256": "SHA-256 of the document's file",
            "in_force_from": "In force from",
            "next_review_on": "Next review",
        }
        help_texts = {
            "code": "Lower-case letters and hyphens, such as vendor-contract. It stays the same.",
            "paper_sha256": "64 hex digits; leave blank if there is no file.",
        }
        widgets = {"in_force_from": _DAY, "next_review_on": _DAY}

    def __init__(self, *data: Any, **options: Any) -> None:
        super().__init__(*data, **options)
        people = User.objects.filter(organisation="", is_active=True).order_by("last_name", "username")
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]
        if self.instance.pk and not self.instance._state.adding:
            self.fields["code"].disabled = True

    def clean_paper_sha256(self) -> str:
        """Lower-case hex, or nothing."""
        text = self.cleaned_data["paper_sha256"].strip().lower()
        if text and (len(text) != 64 or set(text) - set("0123456789abcdef")):
            raise forms.ValidationError("A SHA-256 has 64 hex digits (0-9, a-f).")
        return text

    def wanted(self) -> SafeguardWanted:
        """The valid form as the verb takes it."""
        return SafeguardWanted(**{name: self.cleaned_data[name] for name in SafeguardWanted.__slots__})


class ReviewForm(forms.Form):
    """That a safeguard was looked at."""

    words = forms.CharField(
        label="What was looked at, and what was found", max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    next_review_on = forms.DateField(label="Next review", widget=_DAY)


class EndForm(forms.Form):
    """Why a safeguard ends."""

    words = forms.CharField(label="Why it ends", max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class BreachForm(forms.Form):
    """The first record of a breach."""

    discovered_at = forms.DateTimeField(label="Discovered", widget=forms.DateTimeInput(attrs=_INSTANT))
    what = forms.CharField(
        label="What happened", max_length=5000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="What was taken or seen, how it was noticed, what was done at once. Name no plate and no victim.",
    )  # fmt: skip


class AddedForm(forms.Form):
    """What became known of a breach. What is left blank stays as it is."""

    reported_at = forms.DateTimeField(required=False, label="Reported at", widget=forms.DateTimeInput(attrs=_INSTANT))
    reported_to = forms.CharField(required=False, label="Reported to", max_length=200)
    people_affected = forms.IntegerField(required=False, label="People affected", min_value=0, max_value=100_000_000)
    people_told_at = forms.DateTimeField(
        required=False, label="People told at", widget=forms.DateTimeInput(attrs=_INSTANT)
    )

    def clean(self) -> dict[str, Any]:
        """A report has both its time and to whom."""
        given = super().clean() or self.cleaned_data
        if bool(given.get("reported_at")) != bool(given.get("reported_to")) and "reported_at" not in self.errors:
            self.add_error("reported_to", "Give both when and to whom it was reported.")
        return given

    def added(self) -> Added:
        """The valid form as the verb takes it."""
        return Added(**self.cleaned_data)


class CloseForm(forms.Form):
    """How a breach ended."""

    words = forms.CharField(label="How it ended", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
