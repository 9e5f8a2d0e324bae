"""What the weekly review of the log looks at (CJIS AU-6): counts of the week by what they may give away. No plates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q
from django.db.models.functions import ExtractHour, TruncDate

from audit.actions import Action, ActorKind, Outcome
from audit.models import Checkpoint, LedgerEntry
from audit.models.ledger import LedgerQuerySet

MOST_ROWS = 30
NIGHT = (0, 5)
# A checkpoint is due within a minute of activity; a gap of an hour is worth a word.
LONG_GAP = timedelta(hours=1)

ADMINISTRATION: Final = (
    Action.ADMIN_CHANGE, Action.USER_CHANGE, Action.USER_SUSPEND, Action.FACTOR_CHANGE, Action.LOCK_RELEASE,
    Action.ROSTER_CHANGE, Action.ACCESS_DECIDE, Action.ACCESS_ACTIVATE, Action.ACCESS_CLOSE, Action.TERMINAL_CHANGE,
    Action.TERMINAL_ENROL, Action.CAMERA_KEY_ISSUE, Action.CAMERA_KEY_REVOKE, Action.SOURCE_KEY_ISSUE,
    Action.SOURCE_KEY_REVOKE, Action.HOT_LIST_GRANT, Action.HOT_LIST_REVOKE,
)  # fmt: skip
EXPORTS: Final = (
    Action.EVIDENCE_PACKAGE, Action.EVIDENCE_FETCH, Action.LEDGER_EXPORT, Action.LEDGER_FETCH, Action.INSPECTION_FETCH,
)  # fmt: skip
POLICY: Final = (
    Action.POLICY_PREPARE, Action.POLICY_PROPOSE, Action.POLICY_DECIDE, Action.POLICY_ACTIVATE, Action.POLICY_DETERMINE,
)  # fmt: skip
LOG: Final = (
    Action.LOG_ALARM, Action.LEDGER_VERIFY, Action.LOG_CHECKPOINT, Action.LOG_FREEZE, Action.LOG_ROTATE_KEY,
    Action.LEDGER_DESTROY,
)  # fmt: skip
WORDS: Final = dict(Action.choices)


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the review. ``worth`` is how many of its rows need a word; ``chart`` draws it as bars too;
    ``ledger`` is the filter of the ledger's page under which the records are."""

    code: str
    title: str
    note: str
    heads: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    worth: int = 0
    chart: bool = False
    more: int = 0
    ledger: str = ""


def figures(start: datetime, end: datetime) -> list[Section]:
    """All sections for the records made in ``[start, end)``. Nine queries, all by the time of recording."""
    rows = LedgerEntry.objects.filter(recorded_at__gte=start, recorded_at__lt=end)
    return [
        _refusals(rows),
        _failures(rows),
        _sign_ins(rows),
        _acts_of_people(
            rows, "administration", "Administrators' acts", ADMINISTRATION, "Accounts, roles, keys, rights."
        ),
        _acts_of_people(rows, "exports", "What left the house", EXPORTS, "Packages, exports and downloads."),
        _acts_of_people(rows, "policy", "Changes of policy", POLICY, "Each needs two people."),
        _log(rows, start, end),
        _hours(rows),
        _nights(rows),
        _all(rows),
    ]


def as_data(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """The sections as plain text, for the sheet of paper."""
    return [
        {
            "title": one.title,
            "note": one.note,
            "heads": list(one.heads),
            "rows": [[_text(cell) for cell in row] for row in one.rows],
            "more": one.more,
        }
        for one in sections
    ]


def _text(cell: Any) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def _all(rows: LedgerQuerySet) -> Section:
    counted = rows.values("action").annotate(
        allowed=Count("pk", filter=Q(outcome=Outcome.ALLOWED)),
        empty=Count("pk", filter=Q(outcome=Outcome.EMPTY)),
        refused=Count("pk", filter=Q(outcome=Outcome.REFUSED)),
        failed=Count("pk", filter=Q(outcome=Outcome.FAILED)),
    )
    listed = [
        (WORDS.get(one["action"], one["action"]), one["allowed"], one["empty"], one["refused"], one["failed"])
        for one in counted.order_by("action")
    ]
    heads = ("Act", "Done", "Nothing found", "Refused", "Failed")
    return Section("acts", "Every act of the week", "All records, by act and how it ended.", heads, listed)


def _refusals(rows: LedgerQuerySet) -> Section:
    counted = (
        rows.filter(outcome=Outcome.REFUSED)
        .values("rule_code")
        .annotate(times=Count("pk"), people=Count("username", distinct=True))
    )
    listed = [(one["rule_code"], one["times"], one["people"]) for one in counted.order_by("-times", "rule_code")]
    note = "What was refused, by rule. Many of one kind: unclear rule, or somebody trying."
    return Section(
        "refusals",
        "Refusals",
        note,
        ("Rule", "Times", "People"),
        listed,
        len(listed),
        chart=True,
        ledger="outcome=refused",
    )


def _failures(rows: LedgerQuerySet) -> Section:
    counted = (
        rows.filter(outcome=Outcome.FAILED)
        .exclude(action=Action.SIGN_IN_FAILED)
        .values("action")
        .annotate(times=Count("pk"))
    )
    listed = [(WORDS.get(one["action"], one["action"]), one["times"]) for one in counted.order_by("-times", "action")]
    note = "Acts that broke off by a fault of the system. Nothing was done or shown."
    return Section("failures", "Failed acts", note, ("Act", "Times"), listed, len(listed), ledger="outcome=failed")


def _sign_ins(rows: LedgerQuerySet) -> Section:
    """Failures by name; many for one name is guessing, many names from one address is too."""
    counted = (
        rows.filter(action__in=[Action.SIGN_IN_FAILED, Action.LOCK_RELEASE])
        .values("username")
        .annotate(
            fails=Count("pk", filter=Q(action=Action.SIGN_IN_FAILED)),
            locked=Count("pk", filter=Q(action=Action.SIGN_IN_FAILED, outcome=Outcome.REFUSED)),
            addresses=Count("address", distinct=True, filter=Q(action=Action.SIGN_IN_FAILED)),
            releases=Count("pk", filter=Q(action=Action.LOCK_RELEASE)),
        )
    )
    listed = [
        (one["username"], one["fails"], one["locked"], one["addresses"], one["releases"])
        for one in counted.order_by("-fails", "username")
    ]
    heads = ("User name", "Failed sign-ins", "Of these locked out", "Addresses", "Locks released by them")
    note = "Many for one name, or many names from one address, is guessing."
    return replace(_cut("sign_ins", "Sign-ins that failed", note, heads, listed), ledger="action=session.fail")


def _acts_of_people(rows: LedgerQuerySet, code: str, title: str, actions: Sequence[Action], note: str) -> Section:
    counted = (
        rows.filter(action__in=actions)
        .values("username", "action")
        .annotate(times=Count("pk"), refused=Count("pk", filter=Q(outcome=Outcome.REFUSED)))
    )
    listed = [
        (one["username"], WORDS.get(one["action"], one["action"]), one["times"], one["refused"])
        for one in counted.order_by("-times", "username", "action")
    ]
    return _cut(code, title, note, ("Who", "Act", "Times", "Of these refused"), listed)


def _cut(code: str, title: str, note: str, heads: tuple[str, ...], listed: list[tuple[Any, ...]]) -> Section:
    more = max(0, len(listed) - MOST_ROWS)
    return Section(code, title, note, heads, listed[:MOST_ROWS], len(listed), more=more)


def _log(rows: LedgerQuerySet, start: datetime, end: datetime) -> Section:
    """The log's own health: alarms, verifications, checkpoints and the longest time between two of them."""
    done = {
        (one["action"], one["outcome"]): one["times"]
        for one in rows.filter(action__in=LOG).values("action", "outcome").annotate(times=Count("pk"))
    }
    listed = [
        (WORDS.get(action, action) + ("" if outcome == Outcome.ALLOWED else f" ({outcome})"), f"{times:,}")
        for (action, outcome), times in sorted(done.items())
    ]
    made = list(
        Checkpoint.objects.filter(made_at__gte=start, made_at__lt=end)
        .order_by("made_at")
        .values_list("made_at", flat=True)
    )
    listed.append(("Checkpoints made", f"{len(made):,}"))
    gap, unverified = _longest([start, *made, end]), _days_without(rows, start, end)
    listed.append(("Longest time between checkpoints", _span(gap)))
    listed.append(("Days without a verification run", f"{unverified:,}"))
    alarms = sum(times for (action, _), times in done.items() if action == Action.LOG_ALARM)
    worth = alarms + (gap > LONG_GAP) + (unverified > 0)
    note = "A long time without checkpoint is fine where nothing was done, and worth a question where much was."
    return Section("log", "The log itself", note, ("What", "This week"), listed, worth)


def _longest(instants: Sequence[datetime]) -> timedelta:
    pairs = zip(instants, instants[1:], strict=False)
    return max((later - earlier for earlier, later in pairs), default=timedelta())


def _span(length: timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"


def _days_without(rows: LedgerQuerySet, start: datetime, end: datetime) -> int:
    zone = ZoneInfo(settings.AGENCY["zone"])
    runs = rows.filter(action=Action.LEDGER_VERIFY).annotate(day=TruncDate("recorded_at", tzinfo=zone))
    first, last = start.astimezone(zone).date(), (end - timedelta(microseconds=1)).astimezone(zone).date()
    return (last - first).days + 1 - len(set(runs.values_list("day", flat=True)))


def _hours(rows: LedgerQuerySet) -> Section:
    zone = ZoneInfo(settings.AGENCY["zone"])
    counted = rows.filter(actor_kind=ActorKind.PERSON).annotate(hour=ExtractHour("recorded_at", tzinfo=zone))
    times = {one["hour"]: one["times"] for one in counted.values("hour").annotate(times=Count("pk")).order_by()}
    listed = [(f"{hour:02}:00", times.get(hour, 0)) for hour in range(24)]
    note = f"Acts of people by hour of the day, {settings.AGENCY['zone']}."
    return Section("hours", "By hour", note, ("Hour", "Acts"), listed, chart=True)


def _nights(rows: LedgerQuerySet) -> Section:
    zone = ZoneInfo(settings.AGENCY["zone"])
    people = rows.filter(actor_kind=ActorKind.PERSON).annotate(hour=ExtractHour("recorded_at", tzinfo=zone))
    counted = people.filter(hour__gte=NIGHT[0], hour__lt=NIGHT[1]).values("username").annotate(times=Count("pk"))
    listed = [(one["username"], one["times"]) for one in counted.order_by("-times", "username")]
    note = f"Who did something between {NIGHT[0]:02}:00 and {NIGHT[1]:02}:00. Night shifts belong here."
    return _cut("nights", "Unusual hours", note, ("Who", "Acts"), listed)
