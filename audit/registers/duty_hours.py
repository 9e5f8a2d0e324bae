"""Who was on duty when, as the duty plan that was taken in says."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from audit.models import Shift

# A plan that ends a day before a query, or begins a day after, says something about it.
NEAR = timedelta(days=1)
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
