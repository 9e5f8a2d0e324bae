"""The transparency page's content, made from the policy in force and the counts of this moment. No plate data."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.utils import translation
from django.utils.translation import gettext, ngettext, pgettext

from audit import policy, verify
from audit.models import PolicyDetermination
from audit.policy import Conflict, Profile, Value
from audit.refusals import Citation
from cameras.models import Camera

OWNED = (Camera.OwnerClass.AGENCY, Camera.OwnerClass.CITY, Camera.OwnerClass.CITY_TRAFFIC)
WHO = ("access.role", "train.gate")
ACCESS = ("query.requires", "accesslog.retention", "audit.queries")
HOT_LIST = (
    "hotplate.requires",
    "hotplate.max_ttl",
    "hit.verifier",
    "hit.sole_basis_allowed",
    "special_list.basis",
)
BLOCKED = "publish.retention"


@dataclass(frozen=True, slots=True)
class Words:
    """Text for the public with the language it is in: the policy's own words may have no translation."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence of the policy, where it stands, and how strongly. ``label`` is "" where the sentence says all."""

    words: Words
    citation: str
    strength: str
    label: Words | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A length of time in words, as the policy's own code, and the clause it comes from."""

    words: str
    value: str
    clause: Clause


@dataclass(frozen=True, slots=True)
class Determination:
    """The dated, signed answer to a contradiction; ``value`` as it was filed, ``chosen`` in words."""

    chosen: str
    reasoning: str
    signed_by: str
    signed_on: date
    value: str = ""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long reads are kept. Where the texts contradict each other (``sides``) and no determination is on file,
    there is no floor, no ceiling and no figure."""

    floor: Term | None
    ceiling: Term | None
    sides: tuple[Clause, ...]
    determination: Determination | None

    @property
    def undetermined(self) -> bool:
        return bool(self.sides) and self.determination is None


@dataclass(frozen=True, slots=True)
class CameraCount:
    """Cameras in operation now, by who owns them; ``owned`` by the city or its police."""

    code: str
    label: str
    number: int
    owned: bool


@dataclass(frozen=True, slots=True)
class Transparency:
    """The page's policy part; of a publication without instant and ledger, which stand beside it there."""

    agency: str
    policy_title: str
    policy_stamp: str
    detected: tuple[Words, ...]
    not_detected: tuple[Words, ...]
    acceptable_use: Words
    purposes: tuple[Clause, ...]
    prohibited: tuple[Clause, ...]
    who: tuple[Clause, ...]
    access: tuple[Clause, ...]
    hot_list_policy: Words
    hot_list: tuple[Clause, ...]
    retention: Retention
    cameras: tuple[CameraCount, ...]
    built_at: datetime | None = None
    ledger: verify.Head | None = None

    @property
    def owned_cameras(self) -> int:
        return sum(row.number for row in self.cameras if row.owned)


def build(at: datetime) -> Transparency:
    """The page as it stands at the instant, in the active language. Five queries at most."""
    profile = policy.in_force(at)
    page = profile.page
    return Transparency(
        agency=settings.AGENCY["name"],
        policy_title=profile.title,
        policy_stamp=profile.stamp,
        built_at=at,
        detected=tuple(map(_said, page["detected"])),
        not_detected=tuple(map(_said, page["not_detected"])),
        acceptable_use=_said(page["acceptable_use"]),
        purposes=tuple(_clause(one.citation, label=one.label) for one in profile.purposes),
        prohibited=tuple(_clause(one.citation, label=one.label) for one in profile.prohibitions),
        who=_clauses(profile, WHO),
        access=_clauses(profile, ACCESS),
        hot_list_policy=_said(page["hotlist_policy"]),
        hot_list=_clauses(profile, HOT_LIST, besides=page["hotlist_policy"]),
        retention=_retention(profile),
        cameras=_cameras(at),
        ledger=verify.head(),
    )


def as_json(at: datetime) -> dict[str, Any]:
    """The same content for machines, in English."""
    with translation.override("en"):
        built = build(at)
    content = asdict(built)
    content["owned_cameras"] = built.owned_cameras
    content["retention"]["undetermined"] = built.retention.undetermined
    return content


def from_content(part: dict[str, Any]) -> Transparency:
    """The policy part of a publication, as ``as_json`` wrote it, in the active language. No query."""
    return Transparency(
        agency=part["agency"],
        policy_title=part["policy_title"],
        policy_stamp=part["policy_stamp"],
        detected=tuple(_said(one["text"]) for one in part["detected"]),
        not_detected=tuple(_said(one["text"]) for one in part["not_detected"]),
        acceptable_use=_said(part["acceptable_use"]["text"]),
        purposes=_said_again(part["purposes"]),
        prohibited=_said_again(part["prohibited"]),
        who=_said_again(part["who"]),
        access=_said_again(part["access"]),
        hot_list_policy=_said(part["hot_list_policy"]["text"]),
        hot_list=_said_again(part["hot_list"]),
        retention=_retention_again(part["retention"]),
        cameras=tuple(
            CameraCount(one["code"], _whose(one["code"]), one["number"], one["owned"]) for one in part["cameras"]
        ),
    )


def say_duration(text: str) -> str:
    """An ISO duration of years, days or hours in words of the active language, such as "90 days"."""
    number = int("".join(character for character in text if character.isdigit()))
    if text.endswith("Y"):
        return ngettext("%(number)d year", "%(number)d years", number) % {"number": number}
    if text.endswith("H"):
        return ngettext("%(number)d hour", "%(number)d hours", number) % {"number": number}
    return ngettext("%(number)d day", "%(number)d days", number) % {"number": number}


def _retention(profile: Profile) -> Retention:
    conflict = next((one for one in profile.conflicts if BLOCKED in one.blocks), None)
    if conflict is None:
        values = profile.values
        return Retention(
            _term(values.get("retention.alpr.floor")), _term(values.get("retention.alpr.ceiling")), (), None
        )
    sides = tuple(_clause(side.citation, strength=side.strength) for side in conflict.sides)
    return Retention(None, None, sides, _determination(profile, conflict))


def _determination(profile: Profile, conflict: Conflict) -> Determination | None:
    rows = PolicyDetermination.objects.filter(profile=profile.id, conflict=conflict.name)
    row = rows.order_by("-filed_at", "-pk").first()
    if row is None:
        return None
    return Determination(_said_duration(row.chosen), row.reasoning, row.signed_by, row.signed_on, row.chosen)


def _said_duration(text: str) -> str:
    """In words where it is a duration, else as it was filed."""
    try:
        policy.duration(text)
    except ValueError:
        return text
    return say_duration(text)


def _term(value: Value | None) -> Term | None:
    if value is None or not value.value:
        return None
    return Term(say_duration(value.value), value.value, _clause(value.citation, strength=value.strength))


def _cameras(at: datetime) -> tuple[CameraCount, ...]:
    rows = Camera.objects.operational(at).order_by().values("owner_class").annotate(number=Count("pk"))
    numbers = {row["owner_class"]: row["number"] for row in rows}
    return tuple(
        CameraCount(owner.value, _whose(owner.value), numbers.get(owner.value, 0), owner in OWNED)
        for owner in Camera.OwnerClass
    )


def _whose(owner: str) -> str:
    return {
        Camera.OwnerClass.AGENCY: pgettext("cameras of", "The police department's own"),
        Camera.OwnerClass.CITY: pgettext("cameras of", "Other city departments'"),
        Camera.OwnerClass.CITY_TRAFFIC: pgettext("cameras of", "City traffic cameras"),
        Camera.OwnerClass.DONOR: pgettext("cameras of", "Private cameras whose owners let the police watch"),
    }[Camera.OwnerClass(owner)]


def _said_again(clauses: list[dict[str, Any]]) -> tuple[Clause, ...]:
    return tuple(map(_clause_again, clauses))


def _clause_again(one: dict[str, Any]) -> Clause:
    label = _said(one["label"]["text"]) if one["label"] else None
    return Clause(_said(one["words"]["text"]), one["citation"], one["strength"], label)


def _retention_again(part: dict[str, Any]) -> Retention:
    chosen = part["determination"]
    determination = (
        Determination(
            _said_duration(chosen["value"]),
            chosen["reasoning"],
            chosen["signed_by"],
            date.fromisoformat(chosen["signed_on"]),
            chosen["value"],
        )
        if chosen
        else None
    )
    floor, ceiling = _term_again(part["floor"]), _term_again(part["ceiling"])
    return Retention(floor, ceiling, _said_again(part["sides"]), determination)


def _term_again(one: dict[str, Any] | None) -> Term | None:
    return Term(say_duration(one["value"]), one["value"], _clause_again(one["clause"])) if one else None


def _clauses(profile: Profile, keys: Iterable[str], besides: str = "") -> tuple[Clause, ...]:
    """The clauses of the keys the profile has; a sentence that has been said is not said again."""
    found: dict[str, Clause] = {}
    for key in keys:
        value = profile.values.get(key)
        if value is not None and value.citation.text != besides:
            found.setdefault(value.citation.text, _clause(value.citation, strength=value.strength))
    return tuple(found.values())


def _clause(citation: Citation, *, label: str = "", strength: str = "") -> Clause:
    return Clause(_said(citation.text), str(citation), strength, _said(label) if label else None)


def _said(text: str) -> Words:
    translated = gettext(text) if text else ""
    language = "en" if translated == text else (translation.get_language() or "en")
    return Words(translated, language)
