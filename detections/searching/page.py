"""Open a page of a search: what it finds, looked up anew and recorded anew. Reads newest first, by keyset."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.core import signing

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from cameras.models import Camera, Deployment
from detections.models import Detection, Search
from detections.searching import engine, where
from detections.searching.plate_token import open_plate
from detections.searching.question import After, Bounds, Companion, Kind, Question
from detections.searching.run import COMPANION_CAP
from detections.searching.visible import bounds_of

PAGE_SIZE = 100
_SALT = "platekeeper.search.cursor"


class SearchNotFound(LookupError):
    """No such search of this person; whether it is somebody else's is not said."""


class CursorError(ValueError):
    """The place in the list is not one that a page of this search gave out."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A read as listed: its number in the whole answer, where its camera stood then, and its position if known."""

    number: int
    read: Detection
    place: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of an answer: reads, or plates where scenes or a convoy were asked for.

    ``next_cursor`` is "" on the last page; ``record_index`` is the ledger record of this look; ``plate`` is the one
    whose sightings were opened from a list of plates.
    """

    search: Search
    question: Question
    record_index: int | None
    sightings: list[Sighting] = field(default_factory=list)
    companions: list[Companion] = field(default_factory=list)
    next_cursor: str = ""
    more: bool = False
    plate: str = ""


def open_page(*, by: Asker, at: datetime, search_id: UUID, cursor: str = "") -> Page:
    """One page of an own search. Raises SearchNotFound, CursorError, SearchTooSlow or Refused, each on record."""
    with _look(by, at, search_id, cursor=cursor) as (search, question, bounds, record):
        if question.kind in (Kind.SCENES, Kind.CONVOY):
            found = where.look(
                lambda using: engine.companions(question, bounds, limit=COMPANION_CAP + 1, using=using), by=by
            )
            record.result_count = min(len(found), COMPANION_CAP)
            page = Page(search, question, None, companions=found[:COMPANION_CAP], more=len(found) > COMPANION_CAP)
        else:
            page = _reads(search, question, bounds, _read_cursor(cursor, search), by)
            record.result_count = len(page.sightings)
    return _recorded(page, record)


def open_companion(*, by: Asker, at: datetime, search_id: UUID, token: str) -> Page:
    """The sightings behind one of the plates that a page listed. Raises as ``open_page`` does."""
    plate = open_plate(token, search_id)
    with _look(by, at, search_id, plate=plate or "") as (search, question, bounds, record):
        if not plate:
            raise CursorError
        reads = where.look(
            lambda using: engine.reads_of(question, bounds, plate, limit=PAGE_SIZE + 1, using=using), by=by
        )
        sightings = list(sightings_of(reads[:PAGE_SIZE], first=1))
        record.result_count = len(sightings)
        page = Page(search, question, None, sightings=sightings, more=len(reads) > PAGE_SIZE, plate=plate)
    return _recorded(page, record)


@contextmanager
def _look(
    by: Asker, at: datetime, search_id: UUID, **opened: str
) -> Iterator[tuple[Search, Question, Bounds, ledger.Record]]:
    """The act of looking at a search: whose it is, under which purpose, and what may be seen at all."""
    search = Search.objects.filter(pk=search_id, asked_by=by.user).first()
    opened = {name: value for name, value in opened.items() if value}
    with ledger.act(
        Action.SEARCH_PAGE,
        by=by,
        at=at,
        purpose=search.purpose if search else "none given",
        reason=search.reason if search else "",
        case_number=search.case_number if search else "",
        query=search.question | opened if search else {},
        subject=("search", search_id, ""),
    ) as record:
        profile = gate.admit(by, Ability.SEARCH, at=at)
        if search is None:
            raise SearchNotFound
        yield (
            search,
            Question.from_json(search.question),
            bounds_of(at, profile, case_number=search.case_number),
            record,
        )


def _reads(search: Search, question: Question, bounds: Bounds, place: "Place | None", by: Asker) -> Page:
    after, shown = (place.after, place.shown) if place else (None, 0)
    found = where.look(lambda using: engine.find(question, bounds, limit=PAGE_SIZE, after=after, using=using), by=by)
    return Page(
        search,
        question,
        None,
        sightings=list(sightings_of(found.reads, first=shown + 1)),
        next_cursor=make_cursor(search, found.reads[-1], shown + len(found.reads)) if found.more else "",
        more=found.more,
    )


def _recorded(page: Page, record: ledger.Record) -> Page:
    """The page with the number of its record, which is known only once the act is committed."""
    return replace(page, record_index=record.index)


@dataclass(frozen=True, slots=True)
class Place:
    """The last read of the page before, and how many were shown up to it."""

    after: After
    shown: int


def make_cursor(search: Search, last: Detection, shown: int) -> str:
    """The place after a read, signed for this search alone. It holds a time and an id, never a plate."""
    return signing.dumps([last.captured_at.isoformat(), str(last.pk), shown], salt=f"{_SALT}.{search.pk}")


def _read_cursor(cursor: str, search: Search) -> Place | None:
    """The place a cursor names; None for the first page; raises CursorError for one not made for this search."""
    if not cursor:
        return None
    try:
        captured_at, read_id, shown = signing.loads(cursor, salt=f"{_SALT}.{search.pk}")
    except signing.BadSignature as error:
        raise CursorError from error
    return Place(After(datetime.fromisoformat(captured_at), UUID(read_id)), shown)


def sightings_of(reads: list[Detection], *, first: int) -> Iterable[Sighting]:
    """The reads, numbered, with the place of their camera at the time. One query."""
    deployments = defaultdict(list)
    for deployment in Deployment.objects.filter(camera__in={read.camera.pk for read in reads}).select_related("site"):
        deployments[deployment.camera_id].append(deployment)
    for number, read in enumerate(reads, start=first):
        site = next((d.site for d in deployments[read.camera.pk] if _stood(d, read.captured_at)), None)
        known = read.latitude is not None and read.longitude is not None
        own = known and (site is None or read.camera.kind != Camera.Kind.FIXED)
        yield Sighting(
            number=number,
            read=read,
            place=site.name if site else "",
            latitude=read.latitude if own else getattr(site, "latitude", None),
            longitude=read.longitude if own else getattr(site, "longitude", None),
        )


def _stood(deployment: Deployment, at: datetime) -> bool:
    """Whether the camera stood there at the instant: ``starts_at <= at < ends_at``."""
    return deployment.starts_at <= at and (deployment.ends_at is None or at < deployment.ends_at)
