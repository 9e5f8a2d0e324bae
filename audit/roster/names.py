"""User names are given once (IA-4): not to an account, not in a history, not on a request that came to nothing."""

from uuid import UUID

from django.db import connection

from audit.models import AccessRequest, User

_LOCK_CLASS = 1798908


def was_used(name: str, *, but_request: UUID | None = None) -> bool:
    """Whether an account, an earlier form of one, or a request has or had the name, whatever its case.

    Within a transaction, names are judged one at a time, to the transaction's end. Three queries at most.
    """
    name = name.strip()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(lower(%s)))", [_LOCK_CLASS, name])
    requests = AccessRequest.objects.filter(username__iexact=name, person=None)
    if but_request is not None:
        requests = requests.exclude(pk=but_request)
    return (
        User.objects.filter(username__iexact=name).exists()
        or User.history.filter(username__iexact=name).exists()
        or requests.exists()
    )
