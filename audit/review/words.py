"""What a query asked and brought, in words for the reviewer's page."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings

from audit import policy

KINDS: Final = {
    "plate": "One plate",
    "part": "Part of a plate",
    "canvass": "All that was near a place",
    "scenes": "Plates seen at several places",
    "convoy": "Plates seen together with one",
    "camera": "All that a camera saw",
    "package": "An evidence package",
}
NAMES: Final = {"plate": "Plate", "from": "From", "to": "Up to", "area": "Place", "kind": "Kind of search"}


def purpose(code: str, at: datetime) -> str:
    """The purpose as the policy of the instant words it; a code that the policy does not know stays as it is."""
    known = policy.in_force(at).purpose(code)
    return known.label if known else code


def elements(told: Mapping[str, Any] | None) -> list[tuple[str, str, bool]]:
    """(name, value, whether it is a plate) of each element of a query, the plate first."""
    if not told:
        return []
    order = sorted(told, key=lambda name: (name not in ("plate", "containing"), name != "kind", name))
    return [(_name(name), _value(name, told[name]), name in ("plate", "containing")) for name in order]


def detail(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, value) of what a record says of the answer."""
    return [(_name(name), _value(name, told[name])) for name in sorted(told)]


def _name(name: str) -> str:
    plain = NAMES.get(name, name.replace("_", " ").replace("-", " "))
    return plain[:1].upper() + plain[1:]


def _value(name: str, value: Any) -> str:
    if name == "kind" and isinstance(value, str):
        return KINDS.get(value, value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list) and all(isinstance(part, str | int) for part in value):
        return ", ".join(str(part) for part in value)
    if isinstance(value, str):
        return _instant(value)
    return json.dumps(value, ensure_ascii=False)


def _instant(text: str) -> str:
    """An instant in the agency's zone where the text is one; else the text."""
    if len(text) < 16 or text[4:5] != "-" or "T" not in text:
        return text
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{at.astimezone(ZoneInfo(settings.AGENCY['zone'])):%b %-d, %Y, %H:%M:%S %Z}" if at.tzinfo else text
