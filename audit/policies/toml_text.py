"""Writing a profile as TOML, in the order a person reads it: head, instruments, rules, contradictions, purposes."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

ARRAYS = ("value", "conflict", "purpose", "prohibited")


def write(raw: Mapping[str, Any]) -> str:
    """The TOML text of a profile's tables. Raises TypeError for what a profile cannot hold."""
    lines: list[str] = []
    for name in ("profile", "instruments"):
        lines += [f"[{name}]", *_pairs(raw[name]), ""]
    for name in ARRAYS:
        for row in raw.get(name, []):
            lines += [*_table(name, row), ""]
    lines += ["[page]", *_pairs(raw["page"])]
    return "\n".join(lines) + "\n"


def _table(name: str, row: Mapping[str, Any]) -> Iterator[str]:
    yield f"[[{name}]]"
    yield from _pairs({key: value for key, value in row.items() if key != "side"})
    for side in row.get("side", []):
        yield ""
        yield f"[[{name}.side]]"
        yield from _pairs(side)


def _pairs(row: Mapping[str, Any]) -> list[str]:
    return [f"{key if key.replace('_', '').isalnum() else _text(key)} = {_value(value)}" for key, value in row.items()]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"a profile holds no {type(value).__name__}")


def _text(text: str) -> str:
    """A basic string: what TOML does not take as it is, is escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(one if one.isprintable() and one != "\x7f" else _escaped(one) for one in escaped) + '"'


def _escaped(character: str) -> str:
    known = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return known.get(character) or f"\\U{ord(character):08x}"
