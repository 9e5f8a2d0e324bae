"""Possible matches: a plate near a hot one, or one that fits a partial entry. A lead for eyes only, never a hit.

They are counted up while nobody has decided about them, and only for the very same characters: another plate that fits
the same entry is most likely another car.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from detections.matching import findings, folding
from detections.matching.pairs import Pair
from detections.matching.topics import NEW_POSSIBLE, POSSIBLE_CHANGED
from detections.models import PossibleMatch

POSSIBLE = findings.Kind(
    model=PossibleMatch,
    is_open="t.status = 'new'",
    key=lambda pair: (pair.hot_plate, pair.camera, pair.plate),
    pointer="possible_id",
    new=NEW_POSSIBLE,
    changed=POSSIBLE_CHANGED,
)


def record(pairs: Sequence[Pair], within: timedelta | None, at: datetime) -> None:
    """Make possible matches of these pairs, or count them to open ones."""
    if not pairs:
        return
    standing = [] if within is None else findings.open_findings(POSSIBLE, pairs, within)
    found = folding.fold(pairs, standing, POSSIBLE.key, within)
    findings.insert(POSSIBLE, folding.begun(found), at)
    findings.count(POSSIBLE, folding.joined(found), at)


def outdone(pairs: Sequence[tuple[UUID, UUID | None]]) -> None:
    """Take undecided possible matches away whose read, since corrected, has become a hit on the same hot plate."""
    for read, hot_plate in pairs:
        PossibleMatch.objects.filter(detection_id=read, hot_plate=hot_plate, status=PossibleMatch.Status.NEW).delete()
