"""Reading the ledger, which is itself an act on the ledger."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from audit import gate, ledger, verify
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import LedgerEntry
from audit.models.ledger import LedgerQuerySet

PAGE = 50
PURPOSE = "ledger review"


@dataclass(frozen=True, slots=True)
class Filters:
    """What an auditor narrows the ledger by; blank means all. Days are the agency's calendar days, both included."""

    person: str = ""
    action: str = ""
    outcome: str = ""
    subject_type: str = ""
    subject_id: str = ""
    first_day: date | None = None
    last_day: date | None = None
    before: int | None = None

    def as_query(self) -> dict[str, str]:
        """The filters that are set, for the record of the look."""
        return {name: str(getattr(self, name)) for name in self.__slots__ if getattr(self, name) not in ("", None)}


@dataclass(frozen=True, slots=True)
class Page:
    """Up to ``PAGE`` records, newest first; ``before`` is the cursor of the next page, None at the end."""

    entries: list[LedgerEntry]
    before: int | None
    record_index: int


def list_ledger(*, by: Asker, at: datetime, filters: Filters) -> Page:
    """A page of the ledger with its clear values. Raises Refused for one who is not an auditor."""
    with ledger.act(Action.LEDGER_LIST, by=by, at=at, purpose=PURPOSE, query=filters.as_query()) as record:
        gate.admit(by, Ability.READ_LEDGER, at=at)
        rows = list(_matching(filters)[: PAGE + 1])
        record.result_count = min(len(rows), PAGE)
    before = rows[PAGE - 1].index if len(rows) > PAGE else None
    return Page(rows[:PAGE], before, record.index or 0)


@dataclass(frozen=True, slots=True)
class Opened:
    """A record, and how far the log was verified when it was opened.

    ``base`` is the earlier full verification this one went on from; what it covers was not computed again just now.
    """

    entry: LedgerEntry
    verdict: verify.Verdict
    record_index: int
    base: verify.Base | None = None


def open_record(*, by: Asker, at: datetime, index: int) -> Opened:
    """One record with the log verified up to and including it. Raises LedgerEntry.DoesNotExist when there is none."""
    with ledger.act(
        Action.LEDGER_VIEW, by=by, at=at, purpose=PURPOSE, subject=("ledger record", index, ""), query={"index": index}
    ) as record:
        gate.admit(by, Ability.READ_LEDGER, at=at)
        entry = LedgerEntry.objects.select_related("clear", "actor").get(pk=index)
        # Not beyond the record before it: the record itself is always computed anew.
        base = verify.last_base(index)
        verdict = verify.verify(upto=index + 1, since=base)
        record.result_count = 1
    return Opened(entry, verdict, record.index or 0, base)


def _matching(filters: Filters) -> LedgerQuerySet:
    rows = LedgerEntry.objects.select_related("clear").order_by("-index")
    exact = {
        "username": filters.person,
        "action": filters.action,
        "outcome": filters.outcome,
        "subject_type": filters.subject_type,
        "subject_id": filters.subject_id,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    zone = ZoneInfo(settings.AGENCY["zone"])
    if filters.first_day:
        rows = rows.filter(recorded_at__gte=datetime.combine(filters.first_day, time(), zone))
    if filters.last_day:
        rows = rows.filter(recorded_at__lt=datetime.combine(filters.last_day + timedelta(days=1), time(), zone))
    if filters.before is not None:
        rows = rows.filter(index__lt=filters.before)
    return rows
