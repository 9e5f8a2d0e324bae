"""The page: every clause with what stands behind it and its records of a period; and the meter of the policy."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count

from alpr_site.compliance.behind import WORDS, Behind, everything
from alpr_site.compliance.clauses import Order
from alpr_site.compliance.meter import NOTE, Element, measure
from audit import gate, ledger, policy
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import LedgerEntry
from audit.policies import determinations

PURPOSE = "policy"


@dataclass(frozen=True, slots=True)
class Row:
    """A clause with the number of records of each of its acts in the period."""

    behind: Behind
    counts: tuple[tuple[Action, int], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A document's clauses; ``states`` are (words, state, how many)."""

    order: Order
    rows: tuple[Row, ...]
    states: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Compliance:
    """All that the page shows. The period is ``[start, end)``."""

    parts: tuple[Part, ...]
    start: datetime
    end: datetime
    profile: policy.Profile
    elements: tuple[Element, ...]
    waiting: tuple[determinations.Standing, ...]
    record_index: int

    note: str = NOTE

    @property
    def stated(self) -> int:
        """How many of the elements the policy states."""
        return sum(element.there for element in self.elements)


def look(*, by: Asker, at: datetime) -> Compliance:
    """The page for this calendar quarter, recorded. Raises Refused."""
    start = quarter_start(at)
    with ledger.act(Action.COMPLIANCE_VIEW, by=by, at=at, purpose=PURPOSE) as record:
        profile = gate.admit(by, Ability.VIEW_POLICY, at=at)
        counts = counts_of(start, at)
        parts = tuple(_part(order, behind, counts) for order, behind in everything())
        elements = tuple(measure(profile, at))
        waiting = tuple(one for one in determinations.standings(profile) if one.answer is None)
        record.result_count = sum(len(part.rows) for part in parts)
    return Compliance(parts, start, at, profile, elements, waiting, record.index or 0)


def quarter_start(at: datetime) -> datetime:
    """The first instant of the calendar quarter, in the agency's zone."""
    zone = ZoneInfo(settings.AGENCY["zone"])
    day = at.astimezone(zone).date()
    return datetime.combine(date(day.year, (day.month - 1) // 3 * 3 + 1, 1), time(), zone)


def counts_of(start: datetime, end: datetime) -> dict[str, int]:
    """How many records of each act the ledger has for ``[start, end)``, by the database's clock. One query."""
    rows = LedgerEntry.objects.between(start, end).order_by().values_list("action").annotate(Count("index"))
    return dict(rows)


def _part(order: Order, behind: tuple[Behind, ...], counts: dict[str, int]) -> Part:
    rows = tuple(Row(one, tuple((action, counts.get(action.value, 0)) for action in one.actions)) for one in behind)
    found = Counter(one.state for one in behind)
    return Part(order, rows, tuple((words, state, found[state]) for state, words in WORDS.items() if found[state]))
