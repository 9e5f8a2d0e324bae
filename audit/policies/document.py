"""A policy profile as a document: what it holds, how its TOML is read, and everything that is wrong with one at once.

Pure: no database, no clock. ``audit.policy`` says which document is in force when.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jsonschema

from audit.refusals import Citation

SCHEMA = Path(__file__).resolve().parent.parent / "profiles" / "schema.json"
_DURATION = re.compile(r"^P(?:(?P<years>\d+)Y)?(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?$")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a profile: where (``value.3.strength``), the key of the rule it is about, and the reason."""

    where: str
    reason: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}" if self.where else self.reason


class ProfileError(Exception):
    """A profile is wrong; the text names the file, and for each problem the key and the reason."""

    def __init__(self, name: str, problems: "tuple[Problem, ...] | str") -> None:
        self.problems = (Problem("", problems),) if isinstance(problems, str) else problems
        super().__init__("\n".join(f"{name}: {problem}" for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Value:
    """One rule of a profile: its value, where it is written, and how strongly."""

    key: str
    value: Any
    citation: Citation
    strength: str
    effective_from: date


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two texts of one agency that cannot both be obeyed; ``blocks`` names what waits for a determination."""

    name: str
    topic: str
    sides: tuple[Value, ...]
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Purpose:
    """A purpose a search may have, with its clause; ``review`` names who must have documented it beforehand."""

    code: str
    label: str
    citation: Citation
    review: str = ""


@dataclass(frozen=True, slots=True)
class Prohibition:
    """A use that is forbidden: a code, the words that give it away, and the clause."""

    code: str
    label: str
    words: tuple[str, ...]
    citation: Citation


@dataclass(frozen=True, slots=True)
class Profile:
    """A policy as data. ``stamp`` (``id@version``) goes onto every ledger record."""

    id: str
    version: str
    title: str
    agency: str
    values: Mapping[str, Value]
    purposes: tuple[Purpose, ...]
    prohibitions: tuple[Prohibition, ...]
    conflicts: tuple[Conflict, ...]
    page: Mapping[str, Any]
    sha256: str = ""

    @property
    def stamp(self) -> str:
        return f"{self.id}@{self.version}"

    def __getitem__(self, key: str) -> Value:
        """The value of a key; KeyError names profile and key."""
        try:
            return self.values[key]
        except KeyError:
            raise KeyError(f"profile {self.id} has no value for {key}") from None

    def get(self, key: str, default: Any = None) -> Any:
        """The bare value of a key, or the default where the profile is silent."""
        return self.values[key].value if key in self.values else default

    def purpose(self, code: str) -> Purpose | None:
        return next((purpose for purpose in self.purposes if purpose.code == code), None)


def duration(text: str) -> timedelta:
    """An ISO 8601 duration of days, hours and minutes as elapsed time; a year counts as 365 days.

    Raises ValueError for any other form. Calendar years (retention) are reckoned by ``add_duration``.
    """
    match = _DURATION.match(text)
    if not match or text in ("P", "PT"):
        raise ValueError(f"not a duration: {text!r}")
    parts = {name: int(number) for name, number in match.groupdict(default="0").items()}
    days = parts["years"] * 365 + parts["days"]
    return timedelta(days=days, hours=parts["hours"], minutes=parts["minutes"])


def add_duration(at: datetime, text: str, *, sign: int = 1) -> datetime:
    """``at`` plus (or minus, ``sign=-1``) an ISO duration, with calendar years; 29 February becomes 28."""
    match = _DURATION.match(text)
    if not match:
        raise ValueError(f"not a duration: {text!r}")
    years = int(match["years"] or 0)
    if years:
        year = at.year + sign * years
        day = 28 if (at.month, at.day) == (2, 29) and not _leap(year) else at.day
        at = at.replace(year=year, day=day)
    rest = text.replace(f"{match['years']}Y", "") if match["years"] else text
    return at if rest == "P" else at + sign * duration(rest)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def read(text: str, name: str) -> Profile:
    """The profile a TOML text holds. Raises ProfileError with every problem, each under ``name``."""
    raw = raw_of(text, name)
    if found := problems(raw):
        raise ProfileError(name, found)
    return _build(raw, sha256_of(text))


def sha256_of(text: str) -> str:
    """The fingerprint of a profile's text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def raw_of(text: str, name: str) -> dict[str, Any]:
    """The tables of a TOML text, unchecked. Raises ProfileError where it is no TOML."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProfileError(name, f"not valid TOML: {error}") from error


def problems(raw: dict[str, Any]) -> tuple[Problem, ...]:
    """Everything wrong with a profile: against the schema first, then what only the whole shows."""
    from audit.policies import soundness

    validator = jsonschema.Draft202012Validator(_schema(), format_checker=jsonschema.FormatChecker())
    plain = _plain(raw)
    errors = sorted(validator.iter_errors(plain), key=lambda found: [str(part) for part in found.absolute_path])
    return (*(_problem(error, plain) for error in errors), *soundness.problems(raw))


def _problem(error: jsonschema.ValidationError, raw: dict[str, Any]) -> Problem:
    path = list(error.absolute_path)
    row: Any = raw
    for part in path[:2]:
        row = row[part]
    key = str(row.get("key") or row.get("code") or row.get("name") or "") if isinstance(row, dict) else ""
    reason = error.message
    if error.validator == "contains":
        wanted = error.validator_value["properties"]["key"]["const"]
        reason = f"there is no rule {wanted}, which nothing works without"
        key = wanted
    return Problem(".".join(map(str, path)) or "(top)", reason, key)


def show_sides(conflict: Conflict) -> str:
    """The values of a contradiction with their clauses, in words."""
    return " and ".join(f"{side.value} ({side.citation})" for side in conflict.sides)


@cache
def _schema() -> dict[str, Any]:
    return json.loads(SCHEMA.read_text())


def _plain(raw: Any) -> Any:
    """TOML dates as text, for the JSON schema."""
    return json.loads(json.dumps(raw, default=str))


def _build(raw: dict[str, Any], sha256: str) -> Profile:
    head, instruments = raw["profile"], raw["instruments"]

    def cite(row: Mapping[str, Any]) -> Citation:
        return Citation(instruments[row["instrument"]], row["section"], row["text"])

    def value(row: Mapping[str, Any]) -> Value:
        since = row.get("effective_from", head["effective_from"])
        return Value(row["key"], row["value"], cite(row), row["strength"], since)

    return Profile(
        id=head["id"],
        version=head["version"],
        title=head["title"],
        agency=head["agency"],
        values=MappingProxyType({row["key"]: value(row) for row in raw["value"]}),
        purposes=tuple(Purpose(p["code"], p["label"], cite(p), p.get("review", "")) for p in raw["purpose"]),
        prohibitions=tuple(Prohibition(p["code"], p["label"], tuple(p["words"]), cite(p)) for p in raw["prohibited"]),
        conflicts=tuple(
            Conflict(c["name"], c["topic"], tuple(value(side) for side in c["side"]), tuple(c["blocks"]))
            for c in raw.get("conflict", [])
        ),
        page=MappingProxyType(raw["page"]),
        sha256=sha256,
    )
