"""How long a hit may wait: arithmetic from the profile, so that pages show it even where no clockwork runs. Pure."""

from datetime import datetime, timedelta

from django.db.models import Q

from audit.policy import Profile, duration
from detections.models import Hit

# Nobody has it, or somebody has it and has neither verified nor rejected nor closed it.
WAITING = (Hit.Status.NEW, Hit.Status.TAKEN, Hit.Status.CHECKED)
_NOTHING = Q(pk__in=[])


def limit(profile: Profile) -> timedelta | None:
    """How long a hit may wait under the profile; None where it sets no limit."""
    text = profile.get("hit.escalate_after")
    return duration(text) if text else None


def overdue_since(hit: Hit, profile: Profile, at: datetime) -> datetime | None:
    """Since when the hit has waited too long; None where it has not. At the limit itself it is overdue."""
    allowed = limit(profile)
    if allowed is None or hit.status not in WAITING or at < hit.created_at + allowed:
        return None
    return hit.created_at + allowed


def overdue(profile: Profile, at: datetime) -> Q:
    """The same as a condition on hits."""
    allowed = limit(profile)
    return _NOTHING if allowed is None else Q(status__in=WAITING, created_at__lte=at - allowed)
