"""A search as typed, before it is judged: what is asked, why, and by whose review. It becomes a ``Question``."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from audit import plates
from audit.models import User
from audit.policy import Profile
from audit.refusals import Refusal
from cameras.models import Camera
from detections.retention.terms import terms_of
from detections.rules import searches as rules
from detections.rules.wide_searches import Reach
from detections.searching.areas import area_km2, area_words
from detections.searching.question import Area, Kind, Match, Question, Scene

# Where the policy names no ceiling, one search still covers no more than this.
LONGEST_WINDOW = "P2Y"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search as typed. ``to_at`` None means up to now; ``attested``: not based solely on a protected class.

    A question about scenes has its times in the scenes. Plates are as typed: what is no plate is refused on record.
    """

    purpose: str
    reason: str
    case_number: str = ""
    attested: bool = False
    reviewer: User | None = None
    review: str = ""
    kind: Kind = Kind.PLATE
    plate: str = ""
    match: Match = Match.EXACT
    folded: bool = False
    containing: str = ""
    state: str = ""
    cameras: tuple[Camera, ...] = ()
    area: Area | None = None
    scenes: tuple[Scene, ...] = ()
    at_least: int = 2
    within_s: int = 120
    cameras_together: int = 3
    from_at: datetime | None = None
    to_at: datetime | None = None

    def elements(self) -> dict[str, Any]:
        """The data elements used to query (Civil Code 1798.90.52(a)(2)), for the ledger."""
        told: dict[str, object] = {
            "kind": self.kind.value,
            "plate": self.plate,
            "match": self.match.value if self.plate else "",
            "look-alikes": self.folded,
            "containing": self.containing,
            "state": self.state,
            "cameras": [camera.code for camera in self.cameras],
            "area": area_words(self.area) if self.area else "",
            "from": _instant(self.from_at),
            "to": _instant(self.to_at) or "now",
            "reviewed_by": self.reviewer.get_username() if self.reviewer else "",
            "review": self.review,
        }
        if self.kind is Kind.SCENES:
            told |= {"scenes": [_scene(scene) for scene in self.scenes], "at_least": self.at_least, "to": ""}
        if self.kind is Kind.CONVOY:
            told |= {"within_s": self.within_s, "cameras_together": self.cameras_together}
        return {name: value for name, value in told.items() if value}

    def question(self, at: datetime) -> Question:
        """What is asked, up to ``at`` at the latest. Raises QuestionError, and PlateError for what rules refuse."""
        from_at, to_at = self.window(at)
        return Question(
            kind=self.kind,
            from_at=from_at,
            to_at=to_at,
            plate=self._written(),
            match=self.match,
            folded=self.folded,
            containing=plates.normalise(self.containing) if self.containing.strip() else "",
            state=plates.normalise_state(self.state),
            cameras=frozenset(camera.number for camera in self.cameras),
            area=self.area,
            scenes=tuple(replace(scene, to_at=min(scene.to_at, at)) for scene in self.scenes),
            at_least=self.at_least,
            within_s=self.within_s,
            cameras_together=self.cameras_together,
        )

    def window(self, at: datetime) -> tuple[datetime, datetime]:
        """The time asked about, which never reaches past ``at``."""
        if self.scenes:
            return min(s.from_at for s in self.scenes), min(max(s.to_at for s in self.scenes), at)
        return self.from_at or at, min(self.to_at or at, at)

    def _written(self) -> str:
        if self.match is Match.PATTERN:
            return rules.pattern_of(self.plate)
        return plates.normalise(self.plate) if self.plate.strip() else ""


def refuse_what(asked: Asked, at: datetime, profile: Profile) -> Refusal | None:
    """The first rule that the search itself breaks, in the order in which a person would mend them."""
    terms = terms_of(profile, at)
    longest = terms.looks or LONGEST_WINDOW
    windows = [(scene.from_at, min(scene.to_at, at)) for scene in asked.scenes] + [asked.window(at)]
    return (
        _refuse_plate(asked, profile)
        or rules.refuse_state(asked.state, profile)
        or _first(
            rules.refuse_window(*window, longest=longest, cited=terms.citation, profile=profile) for window in windows
        )
        or rules.refuse_unattested(asked.attested, profile)
    )


def reach(question: Question) -> Reach:
    """How far a question reaches beyond one vehicle."""
    span = question.to_at - question.from_at
    match question.kind:
        case Kind.CANVASS:
            return Reach(near=span, area_km2=area_km2(question.area) if question.area else None)
        case Kind.SCENES:
            longest = max(scene.to_at - scene.from_at for scene in question.scenes)
            return Reach(near=longest, area_km2=max(area_km2(scene.area) for scene in question.scenes))
        case Kind.CONVOY:
            return Reach(of_part=span)
    if question.match is Match.EXACT:
        return Reach()
    part = question.match is Match.PATTERN and (bool(question.containing) or bool({*question.plate} & {*"?*"}))
    return Reach(known=question.known_characters(), of_part=span if part else None)


def _refuse_plate(asked: Asked, profile: Profile) -> Refusal | None:
    if asked.kind is Kind.SCENES:
        return None
    if asked.match is Match.PATTERN:
        if asked.kind is Kind.CANVASS and not (asked.plate + asked.containing).strip():
            return None
        return rules.refuse_pattern(asked.plate, asked.containing, profile)
    return rules.refuse_plate(asked.plate, profile)


def _first(refusals: Iterable[Refusal | None]) -> Refusal | None:
    return next((refusal for refusal in refusals if refusal), None)


def _scene(scene: Scene) -> str:
    return f"{area_words(scene.area)}, {_instant(scene.from_at)} to {_instant(scene.to_at)}"


def _instant(at: datetime | None) -> str:
    return at.isoformat() if at else ""
