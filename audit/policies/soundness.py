"""What only the whole of a profile shows: things named twice, instruments nobody declared, ends before beginnings."""

from collections.abc import Iterator, Mapping
from typing import Any

from audit.policies.document import Problem, duration

Rows = list[tuple[str, Mapping[str, Any]]]


def problems(raw: Mapping[str, Any]) -> list[Problem]:
    """All of them, in the order of the text. Takes whatever the text held: the schema may have found it wrong too."""
    values = _rows(raw, "value")
    return [
        *_unknown_instruments(raw),
        *_twice(values, "key"),
        *_twice(_rows(raw, "purpose"), "code"),
        *_twice(_rows(raw, "prohibited"), "code"),
        *_twice(_rows(raw, "conflict"), "name"),
        *_not_durations(values),
        *_ends_before_begin(values, raw.get("instruments")),
    ]


def _rows(raw: Mapping[str, Any], name: str) -> Rows:
    """(where, row) of each table of an array, as far as they are tables."""
    rows = raw.get(name, [])
    if not isinstance(rows, list):
        return []
    return [(f"{name}.{number}", row) for number, row in enumerate(rows) if isinstance(row, dict)]


def _unknown_instruments(raw: Mapping[str, Any]) -> Iterator[Problem]:
    known = raw.get("instruments")
    if not isinstance(known, dict):
        return
    cited = [pair for name in ("value", "purpose", "prohibited") for pair in _rows(raw, name)]
    for where, conflict in _rows(raw, "conflict"):
        cited += [(f"{where}.{inner}", side) for inner, side in _rows(conflict, "side")]
    for where, row in cited:
        named = row.get("instrument")
        if isinstance(named, str) and named not in known:
            yield Problem(f"{where}.instrument", f"unknown instrument {named!r}", _name(row))


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get("key") or row.get("code") or row.get("name") or "")


def _twice(rows: Rows, field: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for _, row in rows:
        name = row.get(field)
        if not isinstance(name, str):
            continue
        if name in seen:
            yield Problem(name, "stands twice", name)
        seen.add(name)


def _not_durations(rows: Rows) -> Iterator[Problem]:
    for _, row in rows:
        key, value = row.get("key"), row.get("value")
        if not isinstance(key, str) or not isinstance(value, str) or not value:
            continue
        if key.endswith((".floor", ".ceiling", "max_ttl")):
            try:
                duration(value)
            except ValueError as error:
                yield Problem(key, str(error), key)


def _ends_before_begin(rows: Rows, instruments: object) -> Iterator[Problem]:
    """A floor above its ceiling cannot be obeyed: the reason names both clauses, and what to do about two texts."""
    by_key = {row["key"]: row for _, row in rows if isinstance(row.get("key"), str)}
    for key, floor in by_key.items():
        ceiling = by_key.get(key.removesuffix(".floor") + ".ceiling")
        if not key.endswith(".floor") or ceiling is None:
            continue
        try:
            least, most = duration(floor["value"]), duration(ceiling["value"])
        except (ValueError, TypeError, KeyError):
            continue
        if least > most:
            words = (
                f"{floor['value']} at least ({_cited(floor, instruments)}) is more than "
                f"{ceiling['value']} at most ({_cited(ceiling, instruments)}). "
                "Where two texts of the agency say so, write them down as a [[conflict]]."
            )
            yield Problem(key, words, key)


def _cited(row: Mapping[str, Any], instruments: object) -> str:
    names = instruments if isinstance(instruments, dict) else {}
    named = row.get("instrument")
    return f"{names.get(named, named)}, {row.get('section')}"
