"""A form field for an instant as people type it: the agency's local time."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.dateparse import parse_datetime

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


def local_minute(at: datetime) -> str:
    """The instant as the field has it."""
    return at.astimezone(ZoneInfo(settings.AGENCY["zone"])).strftime(MINUTE)
