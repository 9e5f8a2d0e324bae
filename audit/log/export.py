"""Ask for an export of the ledger: who, for whom, which records, what is withheld. The file is made afterwards.

The asking is a record first. An export up to now ends with that very record, so that it tells of itself; one of a
period or of numbered records is told of by a record that comes after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max, Min

from audit import gate, leaf, ledger, policy
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.log import rules_export as rules
from audit.models import LedgerEntry, LedgerExport
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from audit.verify import head

SUBJECT = "ledger export"
# What may be withheld whole: a group of acts by the beginning of their names.
HIDDEN_GROUPS = {
    "session.": "Signing in and out",
    "user.": "People's records",
    "ledger.": "Reading the ledger itself",
    "admin.": "Administration",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an export is to hold. Without days and numbers: everything up to now, this request included.

    Days are the agency's calendar days, both included; record numbers too.
    """

    purpose: str
    reason: str
    recipient: str = ""
    first_day: date | None = None
    last_day: date | None = None
    first_index: int | None = None
    last_index: int | None = None
    withheld_fields: Sequence[str] = ()
    hidden_acts: Sequence[str] = ()

    @property
    def open_ended(self) -> bool:
        """Whether it goes up to now."""
        return self.last_day is None and self.last_index is None


def ask_export(*, by: Asker, at: datetime, wanted: Wanted) -> LedgerExport:
    """Put the export on record and in the queue, to be made by ``build_export``. Raises Refused."""
    with ledger.act(
        Action.LEDGER_EXPORT,
        by=by,
        at=at,
        purpose=wanted.purpose or "none given",
        reason=wanted.reason,
        query=_asked(wanted),
    ) as record:
        profile = gate.admit(by, Ability.READ_LEDGER, at=at)
        _raise(rules.refuse_request(wanted.purpose, wanted.reason, profile))
        first, upto = _range(wanted, profile)
        export = LedgerExport.objects.create(
            asked_by=by.member,
            asked_at=at,
            purpose=wanted.purpose,
            reason=wanted.reason,
            recipient=wanted.recipient,
            first=first,
            upto=upto,
            withheld_fields=[name for name in leaf.SENSITIVE if name in wanted.withheld_fields],
            hidden_acts=[start for start in HIDDEN_GROUPS if start in wanted.hidden_acts],
        )
        record.about(SUBJECT, export.pk)
        record.result_count = upto - first
        record.detail = {"first": first, "upto": "this record" if wanted.open_ended else upto, "for": wanted.recipient}
    export.record_index = record.index
    if wanted.open_ended and record.index is not None:
        export.upto = record.index + 1
    export.save(update_fields=["record_index", "upto"])
    return export


def record_command(*, by: Asker, at: datetime, wanted: Wanted) -> LedgerExport:
    """Record an export that an operator makes on the machine itself; the row is not kept. Raises Refused."""
    with ledger.act(
        Action.LEDGER_EXPORT, by=by, at=at, purpose=wanted.purpose, reason=wanted.reason, query=_asked(wanted)
    ) as record:
        profile = policy.in_force(at)
        _raise(rules.refuse_request(wanted.purpose, wanted.reason, profile))
        first, upto = _range(wanted, profile)
        record.result_count = upto - first
    if wanted.open_ended and record.index is not None:
        upto = record.index + 1
    return LedgerExport(
        asked_at=at,
        purpose=wanted.purpose,
        reason=wanted.reason,
        first=first,
        upto=upto,
        withheld_fields=list(wanted.withheld_fields),
        record_index=record.index,
    )


def _range(wanted: Wanted, profile: Profile) -> tuple[int, int]:
    """The records asked for, as they stand now."""
    size = head().size
    first, upto = 0, size
    if wanted.first_index is not None or wanted.last_index is not None:
        first = wanted.first_index or 0
        upto = size if wanted.last_index is None else wanted.last_index + 1
    elif wanted.first_day or wanted.last_day:
        rows = LedgerEntry.objects.filter(**_between(wanted.first_day, wanted.last_day))
        found = rows.aggregate(first=Min("index"), last=Max("index"))
        first, upto = (found["first"], found["last"] + 1) if found["first"] is not None else (0, 0)
        if wanted.open_ended and found["first"] is None:
            first, upto = size, size
    if not (wanted.open_ended and first <= size):
        _raise(rules.refuse_range(first, upto, size, profile))
    return first, upto


def _between(first: date | None, last: date | None) -> dict[str, datetime]:
    zone, found = ZoneInfo(settings.AGENCY["zone"]), {}
    if first:
        found["recorded_at__gte"] = datetime.combine(first, time(), zone)
    if last:
        found["recorded_at__lt"] = datetime.combine(last + timedelta(days=1), time(), zone)
    return found


def _asked(wanted: Wanted) -> dict[str, str | int | list[str]]:
    pairs = {
        "first_day": str(wanted.first_day or ""),
        "last_day": str(wanted.last_day or ""),
        "first_index": "" if wanted.first_index is None else wanted.first_index,
        "last_index": "" if wanted.last_index is None else wanted.last_index,
        "withheld_fields": list(wanted.withheld_fields),
        "hidden_acts": list(wanted.hidden_acts),
    }
    return {name: value for name, value in pairs.items() if value not in ("", [])}


def _raise(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)
