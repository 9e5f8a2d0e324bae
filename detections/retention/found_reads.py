"""What a kept search finds, for a hold on all of it: the search asked again, under the hold's own case."""

from datetime import datetime
from uuid import UUID

from audit.asker import Asker
from audit.policy import Profile
from detections.models import ReadRef, Search
from detections.searching import engine
from detections.searching.question import Bounds, Kind, Question
from detections.searching.visible import bounds_of


def own_search(by: Asker, search_id: UUID) -> Search | None:
    """A search that this person ran; nobody else's."""
    return Search.objects.filter(pk=search_id, asked_by=by.user).exclude(record_index=None).first()


def of_search(search: Search, *, at: datetime, profile: Profile, case_number: str, limit: int) -> set[ReadRef]:
    """The reads that it finds now, up to ``limit``: not past their ceiling, or held under the case of the hold.

    For plates at several scenes, or travelling along, the sightings that made each of them an answer. Needs an open
    transaction with a time limit, and asks the primary database: a replica could be behind a purge.
    """
    question, bounds = Question.from_json(search.question), bounds_of(at, profile, case_number=case_number)
    if question.kind in (Kind.PLATE, Kind.CANVASS):
        return {read.ref for read in engine.find(question, bounds, limit=limit).reads}
    return _of_companions(question, bounds, limit)


def _of_companions(question: Question, bounds: Bounds, limit: int) -> set[ReadRef]:
    found: set[ReadRef] = set()
    for companion in engine.companions(question, bounds, limit=limit):
        found |= {read.ref for read in engine.reads_of(question, bounds, companion.plate, limit=limit)}
        if len(found) >= limit:
            break
    return found
