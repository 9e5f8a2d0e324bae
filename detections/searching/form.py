"""The search form: shape only. What may not be searched is for the rules to say, so that it is on record."""

from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html

from audit.models import User
from audit.plates import US_STATES, PlateError, normalise
from audit.policy import Profile
from cameras.models import Camera
from detections.searching.run import DEFAULT_WINDOW, Asked, reviewers

MINUTE = "%Y-%m-%dT%H:%M"


class LocalInstantField(forms.DateTimeField):
    """An instant typed as the agency's local time. In the hour that comes twice, the ``edge`` that loses no read."""

    def __init__(self, *, edge: str, **kwargs: Any) -> None:
        self.edge = min if edge == "start" else max
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTE)
        super().__init__(widget=widget, **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        """An aware instant in UTC; raises ValidationError for what is no time."""
        if value in self.empty_values:
            return None
        try:
            typed = value if isinstance(value, datetime) else parse_datetime(str(value).strip())
            if typed is None:
                raise ValueError
            if typed.tzinfo is not None:
                return typed.astimezone(UTC)
            zone = ZoneInfo(settings.AGENCY["zone"])
            return self.edge(typed.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        except (ValueError, OverflowError):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


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


class SearchForm(forms.Form):
    """A search as a person types it. ``asked()`` gives it to the verb once the form is valid."""

    use_required_attribute = False

    plate = forms.CharField(
        label="Plate (required)",
        required=False,
        max_length=64,
        help_text="The whole plate. Spaces and dashes do not matter.",
        widget=forms.TextInput(
            attrs={
                "class": "plate-input",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "data-shortcut": "/",
            }
        ),
    )
    state = forms.ChoiceField(
        required=False,
        choices=[("", "Any state"), *US_STATES.items()],
        help_text="Reads whose state was not told are shown too.",
    )
    camera = forms.ModelChoiceField(queryset=Camera.objects.none(), required=False, empty_label="Any camera")
    from_at = LocalInstantField(label="From", edge="start")
    to_at = LocalInstantField(label="Up to", edge="end", required=False)
    purpose = forms.CharField(label="Purpose (required)", required=False, max_length=60)
    reason = forms.CharField(
        label="What is it for? (required)",
        required=False,
        max_length=500,
        help_text="What happened, and what you hope to find.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    case_number = forms.CharField(
        label="Case number", required=False, max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    reviewer = forms.ModelChoiceField(
        label="Documented by", queryset=User.objects.none(), required=False, empty_label="Nobody"
    )
    review = forms.CharField(
        label="What they reviewed", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    attested = forms.BooleanField(
        label="This search is not based solely on race, sex, religion or another protected class.", required=False
    )

    def __init__(self, data: Any = None, *, profile: Profile, user: User, at: datetime) -> None:
        super().__init__(data, initial={"from_at": at - DEFAULT_WINDOW})
        zone = at.astimezone(ZoneInfo(settings.AGENCY["zone"])).tzname()
        self.fields["from_at"].help_text = f"Local time ({zone} today)."
        self.fields["to_at"].help_text = f"Local time ({zone} today). Empty: up to now."
        readers = Camera.objects.exclude(kind=Camera.Kind.VIDEO).order_by("code")
        cast(forms.ModelChoiceField, self.fields["camera"]).queryset = readers
        cast(forms.ModelChoiceField, self.fields["reviewer"]).queryset = reviewers(at, but=user)
        self.fields["purpose"].widget = forms.RadioSelect(choices=purpose_choices(profile))
        if "case_number" in profile["query.requires"].value:
            self.fields["case_number"].label = "Case number (required)"
        self.fields["case_number"].help_text = "Year, dash, number: 26-123456."
        self.needs_review = [purpose.label for purpose in profile.purposes if purpose.review]

    def asked(self) -> Asked:
        """The valid form as the verb takes it."""
        return Asked(**self.cleaned_data)


def purpose_choices(profile: Profile) -> list[tuple[str, str]]:
    """Each purpose with the clause that allows it."""
    return [
        (
            purpose.code,
            format_html(
                '{}<span class="usa-radio__label-description">{}, {}</span>',
                purpose.label,
                purpose.citation.instrument,
                purpose.citation.section,
            ),
        )
        for purpose in profile.purposes
    ]
