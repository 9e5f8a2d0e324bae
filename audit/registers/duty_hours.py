"""Who was on duty when, as the duty plan that was taken in says."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from audit.models import Shift, User
from audit.registers.rows import Fault, Row, require_sound, rows_of

# A plan that ends a day before a query, or begins a day after, says something about it.
NEAR = timedelta(days=1)
LONGEST = timedelta(days=2)
FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class DutyHours:
    """Of each person (id as text) the starts and ends of their hours, in epoch seconds, by start."""

    starts: Mapping[str, Sequence[float]]
    ends: Mapping[str, Sequence[float]]

    def away(self, who: str, at: float) -> float | None:
        """Seconds between the instant and the person's nearest duty; None on duty or where no plan names them."""
        starts = self.starts.get(who)
        if not starts:
            return None
        ends, number = self.ends[who], bisect_right(starts, at)
        # Hours may overlap: an earlier start can have the later end.
        latest = max(ends[max(0, number - 3) : number], default=-FOREVER)
        if latest > at:
            return None
        before = at - latest
        after = starts[number] - at if number < len(starts) else FOREVER
        return min(before, after)


def duty_hours(starts_at: datetime, ends_at: datetime) -> DutyHours:
    """The hours on file for a period. One query; as large as the plan, however many queries there are."""
    still = Q(ends_at=None) | Q(ends_at__gt=starts_at - NEAR)
    rows = Shift.objects.filter(still, starts_at__lt=ends_at + NEAR).order_by("user", "starts_at")
    starts: dict[str, list[float]] = defaultdict(list)
    ends: dict[str, list[float]] = defaultdict(list)
    for user_id, begun, ended in rows.values_list("user_id", "starts_at", "ends_at"):
        starts[str(user_id)].append(begun.timestamp())
        ends[str(user_id)].append(ended.timestamp() if ended else FOREVER)
    return DutyHours(dict(starts), dict(ends))


def read_hours(data: bytes) -> dict[tuple[int, datetime], datetime]:
    """The duty plan in a file: (user id, start) -> end. Columns ``user, starts, ends``. Raises Unfit or BadRows."""
    users = dict(User.objects.values_list("username", "pk"))
    zone = ZoneInfo(settings.AGENCY["zone"])
    hours: dict[tuple[int, datetime], datetime] = {}
    faults: list[Fault] = []
    for row in rows_of(data, ("user", "starts", "ends")):
        _take(row, hours, users, zone)
        faults += row.faults
    require_sound(faults)
    return hours


def keep_hours(hours: dict[tuple[int, datetime], datetime]) -> None:
    """Write them; hours on file of the same person and start are replaced."""
    Shift.objects.bulk_create(
        (Shift(user_id=user, starts_at=start, ends_at=end) for (user, start), end in hours.items()),
        update_conflicts=True,
        unique_fields=["user", "starts_at"],
        update_fields=["ends_at"],
        batch_size=2_000,
    )


def _take(row: Row, hours: dict[tuple[int, datetime], datetime], users: dict[str, int], zone: ZoneInfo) -> None:
    name, start, end = row.text("user"), row.instant("starts", zone), row.instant("ends", zone)
    if name and name not in users:
        row.wrong("user", f"Nobody of the user name “{name[:40]}” is known.")
    if start and end and end <= start:
        row.wrong("ends", "The end must come after the start.")
    if start and end and end - start > LONGEST:
        row.wrong("ends", "Nobody is on duty for more than two days at a stretch.")
    if row.faults or start is None or end is None:
        return
    if hours.setdefault((users[name], start), end) != end:
        row.wrong("ends", "Another line says another end for the same start.")
