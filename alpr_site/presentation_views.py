"""The pattern page: every component of the house style on one page, for developers (DEBUG only)."""

from datetime import datetime, timedelta
from types import SimpleNamespace

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone


class PatternForm(forms.Form):
    """One field of each kind that the forms of the house use."""

    plate = forms.CharField(
        max_length=8,
        help_text="As on the plate. Spaces and dashes do not matter.",
        widget=forms.TextInput(attrs={"class": "plate-input", "autocomplete": "off", "data-shortcut": "/"}),
    )
    purpose = forms.ChoiceField(
        choices=[("", "Choose one"), ("stolen", "Stolen vehicle"), ("missing", "Missing person")]
    )
    reason = forms.CharField(widget=forms.Textarea, required=False, help_text="One or two sentences.")
    since = forms.DateTimeField(
        label="Captured after",
        required=False,
        help_text="Pacific time",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    day = forms.DateField(label="Day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    source = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[("clets", "CLETS"), ("ncic", "NCIC")],
        help_text="Where it was checked.",
    )
    owners = forms.MultipleChoiceField(
        label="Cameras of",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("city", "the city"), ("donor", "a donor"), ("partner", "a partner agency")],
    )
    photo = forms.FileField(label="Photograph", required=False, help_text="JPEG or PNG, up to 20 MB.")
    checked = forms.BooleanField(label="I have compared the plate with the photograph", help_text="By eye, both parts.")


def patterns(request: HttpRequest) -> HttpResponse:
    """Draw all components; ``?errors`` shows the form as it comes back with errors."""
    now = timezone.now()
    wrong = {"plate": "0DEM12345"} if "errors" in request.GET else None
    return render(request, "patterns.html", {"form": PatternForm(wrong), **examples(now)})


def examples(now: datetime) -> dict[str, object]:
    """Invented content for the components."""
    return {
        "now": now,
        "soon": now + timedelta(minutes=42),
        "later": now + timedelta(hours=23, minutes=59),
        "past": now - timedelta(minutes=5),
        "points": [
            {"lat": 38.5816, "lon": -121.4944, "label": "Camera C-101, 09:12 PST"},
            {"lat": 38.4088, "lon": -121.3716, "label": "Camera C-204, 09:31 PST"},
            {"lat": 38.4452, "lon": -121.4230, "label": "Camera C-117, 09:44 PST"},
        ],
        "refusal": SimpleNamespace(
            code="search.purpose_missing",
            reason="This search has no purpose, so it was not run.",
            citation=SimpleNamespace(
                instrument="Civil Code",
                section="1798.90.52(a)(4)",
                text="A record of access must state the purpose for accessing the information.",
            ),
            next_step="Choose a purpose from the list and give the case number, then search again.",
        ),
        "record_index": 1042,
        "chips": [
            *("hit", "lead", "taken", "verified", "refused", "misread", "expired", "active", "expiring"),
            *("withdrawn", "held", "pending", "new", "closed", "duplicate", "quarantined", "revoked"),
        ],
    }
