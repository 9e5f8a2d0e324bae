"""Who may see which hit: a special list's hits only those granted the list, and nobody of another agency (I.2.a)."""

from django.db.models import Q, QuerySet
from guardian.shortcuts import get_objects_for_user

from audit.models import User
from detections.models import Hit
from hotlists.models import HotList

ORDINARY = Q(hot_plate__hot_list__kind=HotList.Kind.ORDINARY, informational=False)


def granted_lists(user: User) -> frozenset[int]:
    """Special lists whose hits the person may see. A superuser gets nothing by that alone. At most two queries."""
    if user.organisation:
        return frozenset()
    lists = get_objects_for_user(user, "hotlists.see_hits", HotList, with_superuser=False, accept_global_perms=False)
    return frozenset(lists.values_list("pk", flat=True))


def visible_hits(user: User) -> QuerySet[Hit]:
    """The hits the person may see and work on: the list, the detail, every verb and the stream ask here."""
    return Hit.objects.filter(ORDINARY | Q(hot_plate__hot_list__in=granted_lists(user)))
