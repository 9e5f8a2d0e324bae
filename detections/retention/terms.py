"""Floor and ceiling of the policy in force, with a determination where its texts contradict each other.

While a contradiction is open nothing is destroyed, and the shortest of the ceilings bounds what people see: so both
texts are obeyed, the one that says "keep" and the one that tells the public how long data is used.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from audit import policy
from audit.models import PolicyDetermination
from audit.policy import Conflict, Profile
from audit.refusals import Citation

FLOOR, CEILING = "retention.alpr.floor", "retention.alpr.ceiling"
# No partition goes younger than this, whatever a profile says; the database holds to it too (migration 0012).
LEAST = timedelta(days=30)
# A partition goes in the last nightly run before its first read would pass its ceiling.
RUN_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """ISO durations, "" where the policy is silent. ``looks`` bounds what is seen; ``citation`` is its clause."""

    floor: str
    ceiling: str
    looks: str
    citation: Citation | None

    def seen_from(self, at: datetime) -> datetime | None:
        """Reads captured before this instant are past their ceiling and shown to nobody; None: no ceiling."""
        return _ended_by(at.astimezone(UTC), self.looks) if self.looks else None

    def floor_before(self, at: datetime) -> datetime:
        """Reads captured before this instant are past their floor, and at least ``LEAST`` old."""
        at = at.astimezone(UTC)
        past_floor = policy.add_duration(at, self.floor, sign=-1) if self.floor else at
        return min(past_floor, at - LEAST)

    def may_destroy(self, first: datetime, upto: datetime, at: datetime) -> bool:
        """Whether reads captured in ``[first, upto)`` may be destroyed together at the instant.

        Their last is past its floor, and their first reaches its ceiling before the next run: so nothing goes before
        its floor, and nothing is kept past its ceiling where ceiling and floor lie far enough apart. Raises ValueError
        where the policy names no ceiling.
        """
        return upto <= self.floor_before(at) and first < self.ceiling_before(at + RUN_EVERY)

    def due_at(self, first: datetime, upto: datetime, after: datetime) -> datetime:
        """The first instant, to the second and not before ``after``, at which ``may_destroy`` is true."""
        step = timedelta(days=1)
        low = high = after
        while not self.may_destroy(first, upto, high):
            low, high, step = high, high + step, step * 2
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) / 2
            low, high = (low, middle) if self.may_destroy(first, upto, middle) else (middle, high)
        return high

    def ceiling_before(self, at: datetime) -> datetime:
        """Reads captured before this instant are past their ceiling. Raises ValueError where there is none."""
        return _ended_by(at.astimezone(UTC), self.ceiling)

    def destroyed_before(self, at: datetime) -> datetime:
        """Reads captured before this instant are past their ceiling and past their floor.

        Raises ValueError where the policy names no ceiling.
        """
        past_ceiling = self.ceiling_before(at)
        at = at.astimezone(UTC)
        return min(past_ceiling, policy.add_duration(at, self.floor, sign=-1)) if self.floor else past_ceiling


def terms_of(profile: Profile, at: datetime) -> Terms:
    """The terms of the profile at an instant. One query where the profile contradicts itself, else none."""
    conflict = _retention_conflict(profile)
    if conflict is None:
        ceiling = profile.get(CEILING, "")
        cited = profile[CEILING].citation if ceiling else None
        return Terms(profile.get(FLOOR, ""), ceiling, ceiling, cited)
    chosen = _determined(profile, conflict, at)
    if chosen:
        cited = next((side.citation for side in conflict.sides if side.value == chosen), None)
        return Terms(chosen, chosen, chosen, cited)
    shortest = min(conflict.sides, key=lambda side: policy.duration(side.value))
    return Terms(profile.get(FLOOR, ""), "", shortest.value, shortest.citation)


def _ended_by(at: datetime, ceiling: str) -> datetime:
    """What was captured before this instant has reached its ceiling.

    On 29 February, years before without one: all of 28 February has, as it had the evening before. The calendar alone
    would step back by a day and show what was past its ceiling already.
    """
    cut = policy.add_duration(at, ceiling, sign=-1)
    if (at.month, at.day) != (2, 29):
        return cut
    evening = at.replace(day=28, hour=23, minute=59, second=59, microsecond=999_999)
    return max(cut, policy.add_duration(evening, ceiling, sign=-1) + timedelta(microseconds=1))


def _retention_conflict(profile: Profile) -> Conflict | None:
    about = (c for c in profile.conflicts if "purge" in c.blocks)
    return next((c for c in about if any(side.key in (FLOOR, CEILING) for side in c.sides)), None)


def _determined(profile: Profile, conflict: Conflict, at: datetime) -> str:
    """The duration that the latest determination chose, or "" when there is none that is a duration."""
    filed = PolicyDetermination.objects.filter(profile=profile.id, conflict=conflict.name, filed_at__lte=at)
    chosen = filed.order_by("-filed_at", "-id").values_list("chosen", flat=True).first() or ""
    try:
        policy.duration(chosen)
    except ValueError:
        return ""
    return chosen
