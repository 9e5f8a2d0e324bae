"""Floor and ceiling of the policy in force, with a determination where its texts contradict each other.

While a contradiction is open nothing is destroyed, and the shortest of the ceilings bounds what people see: so both
texts are obeyed, the one that says "keep" and the one that tells the public how long data is used.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from audit import policy
from audit.models import PolicyDetermination
from audit.policy import Conflict, Profile
from audit.refusals import Citation

FLOOR, CEILING = "retention.alpr.floor", "retention.alpr.ceiling"


@dataclass(frozen=True, slots=True)
class Terms:
    """ISO durations, "" where the policy is silent. ``looks`` bounds what is seen; ``citation`` is its clause."""

    floor: str
    ceiling: str
    looks: str
    citation: Citation | None

    def seen_from(self, at: datetime) -> datetime | None:
        """Reads captured before this instant are past their ceiling and shown to nobody; None: no ceiling."""
        return policy.add_duration(at.astimezone(UTC), self.looks, sign=-1) if self.looks else None

    def destroyed_before(self, at: datetime) -> datetime:
        """Reads captured before this instant are past their ceiling and past their floor.

        Raises ValueError where the policy names no ceiling.
        """
        at = at.astimezone(UTC)
        past_ceiling = policy.add_duration(at, self.ceiling, sign=-1)
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
