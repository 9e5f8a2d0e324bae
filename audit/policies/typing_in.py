"""The way of preparing a version field by field: a profile's tables to form fields and back. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

STRENGTHS = ("shall", "should", "may", "page claim", "product choice")
CLAUSE = ("instrument", "section", "strength", "text")


@dataclass(frozen=True, slots=True)
class Field:
    """One rule as the form shows it. ``kind`` is that of the value: boolean, integer, list (a line each) or text."""

    number: str
    key: str
    kind: str
    typed: Mapping[str, str]
    errors: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> str:
        return self.typed.get(name, "")


def kind_of(value: Any) -> str:
    """What kind of input a value needs."""
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


def typed_of(raw: Mapping[str, Any], version: str) -> dict[str, str]:
    """The form as it starts: the base's own values under a version name still to be chosen."""
    typed = {"version": version, "effective_from": str(raw["profile"]["effective_from"])}
    typed |= {"title": raw["profile"]["title"], "count": str(len(raw["value"]))}
    for number, row in enumerate(raw["value"]):
        typed |= {f"{number}.key": row["key"], f"{number}.kind": kind_of(row["value"])}
        typed[f"{number}.value"] = shown(row["value"])
        typed |= {f"{number}.{name}": str(row[name]) for name in CLAUSE}
        typed[f"{number}.since"] = str(row.get("effective_from", ""))
    return typed


def tables_of(raw: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    """The base's tables with what was typed in their place. What is no date or number stays as typed, for the check."""
    head = dict(raw["profile"]) | {"version": typed.get("version", "").strip(), "title": typed.get("title", "").strip()}
    head["effective_from"] = _date(typed.get("effective_from", ""))
    rows = [_row(typed, str(number)) for number in range(_count(typed)) if not typed.get(f"{number}.drop")]
    rows += [_row(typed, "new")] if typed.get("new.key", "").strip() else []
    return dict(raw) | {"profile": head, "value": rows}


def fields_of(typed: Mapping[str, str], problems: Mapping[str, list[str]]) -> list[Field]:
    """The rules of the form with what is wrong with each, by key; the last is the empty one for a rule to add."""
    numbers = [str(number) for number in range(_count(typed))]
    return [_field(typed, number, problems) for number in [*numbers, "new"]]


def _field(typed: Mapping[str, str], number: str, problems: Mapping[str, list[str]]) -> Field:
    names = ("value", "since", "drop", *CLAUSE)
    key = typed.get(f"{number}.key", "")
    kind = typed.get(f"{number}.kind", "text")
    inner = {name: typed.get(f"{number}.{name}", "") for name in names}
    return Field(number, key, kind, inner, tuple(problems.get(key, ())) if key else ())


def _count(typed: Mapping[str, str]) -> int:
    """How many rules were on the page; a form bent by hand gets no more than a profile could hold."""
    count = typed.get("count", "0")
    return min(int(count), 500) if count.isascii() and count.isdigit() else 0


def _row(typed: Mapping[str, str], number: str) -> dict[str, Any]:
    row: dict[str, Any] = {"key": typed.get(f"{number}.key", "").strip()}
    row["value"] = _value(typed.get(f"{number}.value", ""), typed.get(f"{number}.kind", "text"))
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
        return int(text) if text.removeprefix("-").isdigit() and len(text) < 10 else text
    return text


def _date(text: str) -> date | str:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return text.strip()
