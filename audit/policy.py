"""Policy profiles: an agency's rules as data with their citations, checked against a schema when first read."""

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
from django.conf import settings

from audit.models import PolicyActivation, PolicyDetermination
from audit.refusals import Citation

FOLDER = Path(__file__).resolve().parent / "profiles"
_DURATION = re.compile(r"^P(?:(?P<years>\d+)Y)?(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?$")


class ProfileError(Exception):
    """A profile file is wrong; the text names the file, the key and the reason."""


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


@cache
def _schema() -> dict[str, Any]:
    return json.loads((FOLDER / "schema.json").read_text())


def parse(path: Path) -> Profile:
    """Read one profile file. Raises ProfileError naming file, key and reason."""
    try:
        raw = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{path.name}: not valid TOML: {error}") from error
    validator = jsonschema.Draft202012Validator(_schema(), format_checker=jsonschema.FormatChecker())
    for wrong in sorted(validator.iter_errors(_plain(raw)), key=lambda found: list(map(str, found.path))):
        where = ".".join(map(str, wrong.absolute_path)) or "(top)"
        raise ProfileError(f"{path.name}: {where}: {wrong.message}")
    return _build(path, raw)


def _plain(raw: Any) -> Any:
    """TOML dates as text, for the JSON schema."""
    return json.loads(json.dumps(raw, default=str))


def _build(path: Path, raw: dict[str, Any]) -> Profile:
    head, instruments = raw["profile"], raw["instruments"]

    def cite(row: Mapping[str, Any]) -> Citation:
        if row["instrument"] not in instruments:
            raise ProfileError(
                f"{path.name}: {row.get('key') or row.get('code')}: unknown instrument {row['instrument']!r}"
            )
        return Citation(instruments[row["instrument"]], row["section"], row["text"])

    def value(row: Mapping[str, Any]) -> Value:
        since = row.get("effective_from", head["effective_from"])
        return Value(row["key"], row["value"], cite(row), row["strength"], since)

    values: dict[str, Value] = {}
    for row in raw["value"]:
        if row["key"] in values:
            raise ProfileError(f"{path.name}: {row['key']}: stands twice")
        if row["key"].startswith(("retention.", "hotplate.max_ttl")) and isinstance(row["value"], str) and row["value"]:
            _check_duration(path, row)
        values[row["key"]] = value(row)
    return Profile(
        id=head["id"],
        version=head["version"],
        title=head["title"],
        agency=head["agency"],
        values=MappingProxyType(values),
        purposes=tuple(Purpose(p["code"], p["label"], cite(p), p.get("review", "")) for p in raw["purpose"]),
        prohibitions=tuple(Prohibition(p["code"], p["label"], tuple(p["words"]), cite(p)) for p in raw["prohibited"]),
        conflicts=tuple(
            Conflict(c["name"], c["topic"], tuple(value(side) for side in c["side"]), tuple(c["blocks"]))
            for c in raw.get("conflict", [])
        ),
        page=MappingProxyType(raw["page"]),
    )


def _check_duration(path: Path, row: Mapping[str, Any]) -> None:
    if row["key"].endswith((".floor", ".ceiling", "max_ttl")):
        try:
            duration(row["value"])
        except ValueError as error:
            raise ProfileError(f"{path.name}: {row['key']}: {error}") from error


@cache
def load(profile_id: str) -> Profile:
    """A shipped profile by its id. Raises ProfileError when there is no such file or it is wrong."""
    path = FOLDER / f"{profile_id}.toml"
    if not re.fullmatch(r"[a-z0-9_]+", profile_id) or not path.exists():
        raise ProfileError(f"{profile_id}: no such profile in {FOLDER.name}/")
    return parse(path)


def shipped() -> list[Profile]:
    """All profiles that ship, in order of id."""
    return [load(path.stem) for path in sorted(FOLDER.glob("*.toml"))]


def in_force(at: datetime) -> Profile:
    """The profile in force at an instant: the latest activation not after it, else the setting's. One query."""
    row = PolicyActivation.objects.filter(effective_from__lte=at).order_by("-effective_from", "-id").first()
    return load(row.profile if row else settings.POLICY_PROFILE)


def undetermined(profile: Profile, blocked: str) -> list[Conflict]:
    """Conflicts that hold ``blocked`` back (such as "purge") and have no determination on file. One query at most."""
    waiting = [conflict for conflict in profile.conflicts if blocked in conflict.blocks]
    if not waiting:
        return []
    settled = set(PolicyDetermination.objects.filter(profile=profile.id).values_list("conflict", flat=True))
    return [conflict for conflict in waiting if conflict.name not in settled]
