"""The way of preparing a version rule by rule, one group of rules on the page at a time. Pure.

The whole version goes along as text (the draft); what is typed on the page is merged into it, so nothing is lost
between pages, and no page has more fields than a request may have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from audit.policies import document

STRENGTHS = ("shall", "should", "may", "page claim", "product choice")
CLAUSE = ("instrument", "section", "strength", "text")
KINDS = ("text", "list", "integer", "boolean")
Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One rule as the form shows it. ``kind`` is that of the value: boolean, integer, list (a line each) or text."""

    number: str
    key: str
    kind: str
    typed: Mapping[str, str]
    errors: tuple[str, ...] = ()


NEW = Field("new", "", "text", {})


def draft_of(text: str) -> dict[str, Any]:
    """The tables of a draft sent along with a form. Raises ProfileError where they are not there as we sent them."""
    raw = document.raw_of(text, "draft")
    whole = all(isinstance(raw.get(name), dict) for name in ("profile", "instruments", "page"))
    rows = [row for name in ("value", "purpose", "prohibited", "conflict") for row in _list(raw.get(name, []))]
    if not whole or not all(isinstance(row, dict) for row in rows) or not all("key" in row for row in raw["value"]):
        raise document.ProfileError("draft", "the form did not come whole; begin again from the version's page")
    return raw


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def groups_of(raw: Raw) -> list[tuple[str, int]]:
    """The groups of rules, by the first part of their keys, with how many there are."""
    names = [group_of(str(row["key"])) for row in raw["value"]]
    return [(name, names.count(name)) for name in dict.fromkeys(names)]


def group_of(key: str) -> str:
    return key.partition(".")[0]


def fields_of(raw: Raw, base: Raw, group: str, problems: Sequence[document.Problem]) -> list[Field]:
    """The rules of a group with what is wrong with each."""
    return [
        Field(
            str(number),
            str(row["key"]),
            kind_for(row, base),
            {name: str(row.get(name, "")) for name in CLAUSE}
            | {"value": shown(row.get("value", "")), "since": str(row.get("effective_from", ""))},
            tuple(problem.reason for problem in problems if problem.key == row["key"]),
        )
        for number, row in enumerate(raw["value"])
        if group_of(str(row["key"])) == group
    ]


def kind_for(row: Raw, base: Raw) -> str:
    """What kind of input a rule's value needs: the kind it had, whatever was typed since."""
    known = next((one for one in base["value"] if one["key"] == row["key"]), row)
    value = known.get("value")
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "list" if isinstance(value, list) else "text"


def shown(value: Any) -> str:
    """A value as typed into its input."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def merged(draft: Raw, base: Raw, typed: Mapping[str, str]) -> dict[str, Any]:
    """The draft with what was typed in its place. What is no date or number stays as typed, for the check to name."""
    head = dict(draft["profile"]) | {name: typed.get(name, "").strip() for name in ("version", "title")}
    head["effective_from"] = _date(typed.get("effective_from", ""))
    rows = []
    for number, row in enumerate(draft["value"]):
        if f"{number}.value" not in typed:
            rows.append(row)
        elif not typed.get(f"{number}.drop"):
            rows.append(_row(str(row["key"]), kind_for(row, base), typed, str(number)))
    if key := typed.get("new.key", "").strip():
        rows.append(_row(key, typed.get("new.kind", "text"), typed, "new"))
    return dict(draft) | {"profile": head, "value": rows}


def _row(key: str, kind: str, typed: Mapping[str, str], number: str) -> dict[str, Any]:
    row: dict[str, Any] = {"key": key, "value": _value(typed.get(f"{number}.value", ""), kind)}
    row |= {name: " ".join(typed.get(f"{number}.{name}", "").split()) for name in CLAUSE}
    if since := typed.get(f"{number}.since", "").strip():
        row["effective_from"] = _date(since)
    return row


def _value(text: str, kind: str) -> Any:
    text = text.strip()
    if kind == "list":
        return [line.strip() for line in text.splitlines() if line.strip()]
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind == "integer":
        digits = text.removeprefix("-")
        return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 10 else text
    return text


def _date(text: str) -> date | str:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return text.strip()
