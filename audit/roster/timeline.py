"""A person's time on the roster as spans in lanes: for the drawing and the table beneath it. Reads only."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from audit.models import Certificate, DivisionAssignment, Employment, RoleGrant, Supervision, User
from audit.roster.holdings import bounds, history_of

# Units of the drawing across; a lane's height and the gap beneath it.
WIDTH, LANE, BAR = 1000, 34, 22
_LEAST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Span:
    """Something that held from an instant to another; no end means until now and on. ``kind`` gives its colour."""

    lane: str
    label: str
    starts_at: datetime
    ends_at: datetime | None
    kind: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A span as drawn: units from the left, from the top, and wide."""

    span: Span
    x: int
    y: int
    width: int
    height: int = BAR


@dataclass(frozen=True, slots=True)
class Tick:
    """The first of January of a year, or of a month, in units from the left."""

    x: int
    label: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The bars with the lanes' names and the scale; ``height`` in the same units as ``WIDTH``."""

    bars: list[Bar]
    lanes: list[tuple[str, int]]
    ticks: list[Tick]
    now_x: int
    height: int
    width: int = WIDTH


def spans_of(user: User, at: datetime) -> list[Span]:
    """All that the rows say of the person, lane by lane, oldest first. Six queries."""
    found = [
        *_periods("Employment", Employment.objects.filter(user=user), lambda row: "Employed", "employment"),
        *_account(user),
        *_periods("Division", _of(DivisionAssignment, user, "division"), lambda row: row.division.name, "division"),
        *_periods(
            "Supervisor", _of(Supervision, user, "supervisor"), lambda row: row.supervisor.display_name, "supervision"
        ),
    ]
    grants = RoleGrant.objects.filter(user=user).order_by("starts_at", "role")
    found += [Span(f"Role: {row}", str(row), row.starts_at, row.ends_at, "role") for row in grants]
    for row in Certificate.objects.filter(user=user).order_by("issued_on"):
        first, last = bounds(row.issued_on)[0], bounds(row.expires_on)[0]
        found.append(Span(f"Course: {row.kind.upper()}", row.get_kind_display(), first, last, "certificate"))
    return found


def draw(spans: list[Span], at: datetime) -> Drawing:
    """Lay the spans out on one scale, from the first beginning to a month after now."""
    if not spans:
        return Drawing([], [], [], 0, LANE)
    first = min(min(span.starts_at for span in spans), at - _LEAST)
    scale = _Scale(first, at + max(_LEAST, (at - first) / 20))
    lanes = list(dict.fromkeys(span.lane for span in spans))
    bars = []
    for span in spans:
        left = scale.x(span.starts_at)
        right = scale.x(span.ends_at) if span.ends_at else WIDTH
        if left < WIDTH:
            bars.append(Bar(span, left, lanes.index(span.lane) * LANE, max(right - left, 2)))
    named = [(lane, index * LANE) for index, lane in enumerate(lanes)]
    return Drawing(bars, named, scale.ticks(), scale.x(at), len(lanes) * LANE)


class _Scale:
    def __init__(self, first: datetime, last: datetime) -> None:
        self.first, self.last = first.astimezone(UTC), last.astimezone(UTC)

    def x(self, at: datetime) -> int:
        share = (at.astimezone(UTC) - self.first) / (self.last - self.first)
        return round(WIDTH * min(max(share, 0.0), 1.0))

    def ticks(self) -> list[Tick]:
        years = range(self.first.year + 1, self.last.year + 1)
        step = max(1, len(years) // 8)
        marks = [
            (datetime(year, 1, 1, tzinfo=UTC), str(year)) for year in years if (year - self.first.year) % step == 0
        ]
        if len(marks) < 2:
            marks = [
                (when, f"{when:%b %Y}")
                for month in range(0, 36, 3)
                if self.first <= (when := _month(self.first, month)) <= self.last
            ]
        return [Tick(self.x(when), label) for when, label in marks]


def _month(first: datetime, months: int) -> datetime:
    year, month = divmod(first.month + months, 12)
    return datetime(first.year + year, month + 1, 1, tzinfo=UTC)


def _of(model: Any, user: User, joined: str) -> QuerySet:
    rows: QuerySet = model.objects.filter(user=user).select_related(joined).order_by("starts_at")
    return rows


def _periods(lane: str, rows: QuerySet, label: Any, kind: str) -> list[Span]:
    return [Span(lane, label(row), row.starts_at, row.ends_at, kind) for row in rows.order_by("starts_at")]


def _account(user: User) -> list[Span]:
    """When the account was open and when closed, from its history; what was before the history is as it begins."""
    rows, spans = history_of(user), []
    since, open_then, why = user.date_joined, (rows[0].is_active if rows else user.is_active), ""
    for row in rows:
        if row.is_active != open_then:
            spans.append(_state(since, row.history_date, open_then, why))
            since, open_then, why = max(row.history_date, since), row.is_active, row.suspended_reason
    end = user.expires_at if open_then else None
    return [*spans, _state(since, end, open_then, why)]


def _state(start: datetime, end: datetime | None, is_open: bool, why: str) -> Span:
    label = "Open" if is_open else f"Closed: {why.removeprefix('Closed: ')}" if why else "Closed"
    return Span("Account", label, start, end, "account" if is_open else "closed")
