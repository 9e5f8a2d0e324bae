"""Which file types a list's source may not bring, by which clause (C.5; requirement 29)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from audit.policy import Profile
from hotlists.imports.layout import NAMES_OF, type_name
from hotlists.models import HotListSource

KEY = "hotlist.refused_types"
NO_PLATE = "(no plate)"
NO_TYPE = "(none)"
BY_SOURCE = "The source's file types dropped"
BY_ACCEPTED = "The source's file types taken"
# What free text says of a row of a refused file, whatever its type says. In capitals: what to look for quickly in all
# rows together, then in one.
_SAID = {
    "IMMIGRATION_VIOLATOR": (
        ("IMMIGRA", "DEPORTED", "ICE DETAINER", "ICE WARRANT", "ICE HOLD", "REMOVAL ORDER", "ORDER OF REMOVAL"),
        re.compile(
            r"\bIMMIGRATION (?:VIOLAT|DETAINER|WARRANT|HOLD|ENFORCEMENT|ORDER|FILE)|\bDEPORTED (?:FELON|ALIEN|PERSON)"
            r"|\bICE (?:DETAINER|WARRANT|HOLD)|\bREMOVAL ORDER|\bORDER OF REMOVAL"
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Screen:
    """The types that are dropped whatever happens, those a source drops, and those it takes (none named: all)."""

    policy: frozenset[str]
    clause: str
    refused: frozenset[str] = field(default_factory=frozenset)
    accepted: frozenset[str] = field(default_factory=frozenset)

    def drops(self, file_type: str) -> str:
        """By which clause or setting rows of the type are dropped; "" where they are kept."""
        same = _compared(file_type)
        if same in self.policy or any(names.search(same) for kind, names in NAMES_OF.items() if kind in self.policy):
            return self.clause
        if same in self.refused:
            return BY_SOURCE
        return BY_ACCEPTED if self.accepted and same not in self.accepted else ""

    def said_in(self, texts: Sequence[str]) -> dict[int, str]:
        """The places of free texts that say their row is of a file the policy drops, and of which. Nearly always none,
        so all texts are looked at as one first."""
        found: dict[int, str] = {}
        together = "\n".join(texts).upper()
        for kind, (signs, pattern) in _SAID.items():
            if kind in self.policy and any(sign in together for sign in signs):
                found |= {
                    place: kind for place, text in enumerate(texts) if pattern.search(" ".join(text.upper().split()))
                }
        return found


def screen_for(profile: Profile, source: HotListSource) -> Screen:
    """What the policy in force and the source's settings drop."""
    clause = str(profile[KEY].citation) if KEY in profile.values else ""
    return Screen(
        policy=_all(profile.get(KEY, ())),
        clause=clause,
        refused=_all(source.refused_types),
        accepted=_all(source.accepted_types),
    )


def _all(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(_compared, names))


def _compared(name: str) -> str:
    """Suppliers write one name as VEHICLE, Vehicles or VEHICLE FILE."""
    words = [word.removesuffix("S") for word in type_name(name).split("_")]
    if len(words) > 1 and words[-1] == "FILE":
        words.pop()
    return "_".join(words)
