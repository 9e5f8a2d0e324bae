"""Forms of the policy's pages."""

from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings

from audit.policies import rules
from audit.policies.determinations import Paper
from audit.policies.document import Conflict


def _area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class TextForm(forms.Form):
    """The whole text of a version, with the note of what changes and why."""

    wide = True
    text = forms.CharField(
        label="The whole policy, as TOML",
        max_length=400_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 40, "spellcheck": "false", "class": "policy-text"}),
    )
    note = forms.CharField(label="What changes, and why", max_length=2000, widget=_area())

    def clean_text(self) -> str:
        """Browsers send CRLF; the kept text has LF and ends with one."""
        return self.cleaned_data["text"].replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"


class ProposalForm(forms.Form):
    """From when a version is to be in force. An instant in the agency's own time, which may come twice in autumn."""

    effective_from = forms.DateTimeField(
        label="In force from",
        help_text="A date and time of this agency's zone, at least a minute from now.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"),
    )
    exact = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    note = forms.CharField(label="Why, and why then", max_length=2000, widget=_area())

    def instant(self) -> datetime:
        """The instant chosen; that of an activation to be taken back, to the microsecond, where the page named one."""
        chosen: datetime = self.cleaned_data["effective_from"]
        try:
            exact = datetime.fromisoformat(self.cleaned_data["exact"])
        except ValueError:
            return chosen
        return exact if exact.tzinfo and abs(exact - chosen) < timedelta(seconds=1) else chosen


class DecisionForm(forms.Form):
    """A second person's decision."""

    words = forms.CharField(label="Words to your decision", max_length=2000, required=False, widget=_area())
    decision = forms.ChoiceField(choices=[("approve", "approve"), ("refuse", "refuse")], widget=forms.HiddenInput)


class DeterminationForm(forms.Form):
    """What a signed paper says about a contradiction."""

    chosen = forms.ChoiceField(label="What the paper decides", widget=forms.RadioSelect)
    reasoning = forms.CharField(label="The reasoning, in its words", max_length=10_000, widget=_area(5))
    signed_by = forms.CharField(label="Signed by: name and title", max_length=150)
    signed_on = forms.DateField(label="Signed on", widget=forms.DateInput(attrs={"type": "date"}))
    reference = forms.CharField(
        label="Where the paper is", max_length=200, help_text="Its file number, or the reference of the letter."
    )

    def __init__(self, *args: Any, conflict: Conflict, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sides = {str(side.value): side for side in conflict.sides}
        labels = [(value, f"{value}: {sides[value].citation.text}") for value in rules.offered(conflict)]
        cast(forms.ChoiceField, self.fields["chosen"]).choices = labels

    def paper(self) -> Paper:
        return Paper(**self.cleaned_data)


def local(at: datetime) -> datetime:
    """The instant in the agency's zone, for a form."""
    return at.astimezone(ZoneInfo(settings.AGENCY["zone"]))
