"""Who may see which hit: a special list's hits only those granted the list, and nobody of another agency (I.2.a)."""

from datetime import datetime

from django.db.models import Q, QuerySet

from audit.models import User
from audit.policy import Profile
from detections.models import Hit
from detections.retention.terms import terms_of
from hotlists.models import HotList

ORDINARY = Q(hot_plate__hot_list__kind=HotList.Kind.ORDINARY, informational=False)


def granted_lists(user: User) -> frozenset[int]:
    """Special lists whose hits the person may see. A superuser gets nothing by that alone. At most two queries."""
    return frozenset(HotList.objects.granted_to(user).values_list("pk", flat=True))


def visible_hits(user: User) -> QuerySet[Hit]:
    """The hits of the lists the person may see."""
    return Hit.objects.filter(ORDINARY | Q(hot_plate__hot_list__in=granted_lists(user)))


def shown_hits(user: User, profile: Profile, at: datetime) -> QuerySet[Hit]:
    """Those of them that are open, or whose read is not past its ceiling: list, detail and every verb ask here."""
    cutoff = terms_of(profile, at).seen_from(at)
    found = visible_hits(user)
    return found if cutoff is None else found.exclude(status=Hit.Status.CLOSED, captured_at__lt=cutoff)
