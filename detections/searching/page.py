"""Open a page of a search: its reads, looked up anew and recorded anew. Newest first, by keyset."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core import signing
from django.db.models import Q, QuerySet

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from cameras.models import Deployment
from detections.models import Detection, Search
from detections.searching.run import matching
from detections.searching.time_limit import time_limit

PAGE_SIZE = 50
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
    """A page of an answer. ``next_cursor`` is "" on the last; ``record_index`` is the ledger record of this look."""

    search: Search
    sightings: list[Sighting]
    next_cursor: str
    record_index: int | None


def open_page(*, by: Asker, at: datetime, search_id: UUID, cursor: str = "") -> Page:
    """One page of an own search. Raises SearchNotFound, CursorError, SearchTooSlow or Refused, each on record."""
    search = Search.objects.select_related("camera").filter(pk=search_id, asked_by=by.user).first()
    with ledger.act(
        Action.SEARCH_PAGE,
        by=by,
        at=at,
        purpose=search.purpose if search else "none given",
        reason=search.reason if search else "",
        case_number=search.case_number if search else "",
        query={"plate": search.plate, "cursor": cursor} if search else {},
        subject=("search", search_id, ""),
    ) as record:
        profile = gate.admit(by, Ability.SEARCH, at=at)
        if search is None:
            raise SearchNotFound
        after = read_cursor(cursor, search)
        with time_limit():
            reads = list(newest_first(matching(search, at, profile), after)[: PAGE_SIZE + 1])
        more, reads = len(reads) > PAGE_SIZE, reads[:PAGE_SIZE]
        shown = after.shown if after else 0
        sightings = list(_sightings(reads, first=shown + 1))
        record.result_count = len(reads)
    next_cursor = make_cursor(search, reads[-1], shown + len(reads)) if more else ""
    return Page(search, sightings, next_cursor, record.index)


@dataclass(frozen=True, slots=True)
class After:
    """The last read of the page before, and how many were shown up to it."""

    captured_at: datetime
    read_id: UUID
    shown: int


def make_cursor(search: Search, last: Detection, shown: int) -> str:
    """The place after a read, signed for this search alone. It holds a time and an id, never a plate."""
    return signing.dumps([last.captured_at.isoformat(), str(last.pk), shown], salt=f"{_SALT}.{search.pk}")


def read_cursor(cursor: str, search: Search) -> After | None:
    """The place a cursor names; None for the first page; raises CursorError for one not made for this search."""
    if not cursor:
        return None
    try:
        captured_at, read_id, shown = signing.loads(cursor, salt=f"{_SALT}.{search.pk}")
    except signing.BadSignature as error:
        raise CursorError from error
    return After(datetime.fromisoformat(captured_at), UUID(read_id), shown)


def newest_first(reads: QuerySet[Detection], after: After | None = None) -> QuerySet[Detection]:
    """The reads in the order of the pages, from behind the place on."""
    reads = reads.select_related("camera", "photo").order_by("-captured_at", "-pk")
    if after is None:
        return reads
    # The plain bound lets the index begin at the right place; the pair of conditions alone would not.
    return reads.filter(captured_at__lte=after.captured_at).filter(
        Q(captured_at__lt=after.captured_at) | Q(pk__lt=after.read_id)
    )


def _sightings(reads: list[Detection], *, first: int) -> Iterable[Sighting]:
    """The reads with the place of their camera at the time. One query."""
    cameras = {read.camera.pk for read in reads}
    deployments = list(Deployment.objects.filter(camera__in=cameras).select_related("site"))
    for number, read in enumerate(reads, start=first):
        site = next((d.site for d in deployments if _stood(d, read)), None)
        known = read.latitude is not None and read.longitude is not None
        yield Sighting(
            number=number,
            read=read,
            place=site.name if site else "",
            latitude=read.latitude if known else getattr(site, "latitude", None),
            longitude=read.longitude if known else getattr(site, "longitude", None),
        )


def _stood(deployment: Deployment, read: Detection) -> bool:
    """Whether the read's camera stood there when it was captured: ``starts_at <= captured < ends_at``."""
    began = deployment.camera_id == read.camera.pk and deployment.starts_at <= read.captured_at
    return began and (deployment.ends_at is None or read.captured_at < deployment.ends_at)
