"""Who may see which hit and possible match: a special list's only those it is open to at the instant (I.2)."""

from datetime import datetime

from django.db.models import QuerySet

from audit.models import User
from audit.policy import Profile
from detections.models import Hit, PossibleMatch
from detections.retention.terms import terms_of
from hotlists.access import granted


def visible_hits(user: User, at: datetime) -> QuerySet[Hit]:
    """The hits of the entries open to the person at the instant. A superuser gets nothing by that alone."""
    return Hit.objects.filter(granted(user, at).matches())


def visible_possible_matches(user: User, at: datetime) -> QuerySet[PossibleMatch]:
    """The possible matches of the entries open to the person at the instant."""
    return PossibleMatch.objects.filter(granted(user, at).matches())


def shown_hits(user: User, profile: Profile, at: datetime) -> QuerySet[Hit]:
    """Those of them that are open, or whose read is not past its ceiling: list and detail ask here."""
    return within_ceiling(visible_hits(user, at), profile, at)


def within_ceiling(hits: QuerySet[Hit], profile: Profile, at: datetime) -> QuerySet[Hit]:
    """Those of them that are open, or whose read is not past its ceiling."""
    cutoff = terms_of(profile, at).seen_from(at)
    return hits if cutoff is None else hits.exclude(status=Hit.Status.CLOSED, captured_at__lt=cutoff)


def workable_hits(user: User, profile: Profile, at: datetime) -> QuerySet[Hit]:
    """Those a person may work on: another agency's people see what is shared with them and do no step (I.2.b)."""
    return Hit.objects.none() if user.organisation else shown_hits(user, profile, at)
