"""What one request has already read of people's roles, so that a page of a hundred questions asks once.

Only between the beginning and the end of one request, and only in its own thread: a right taken away holds from the
next request on (ASVS 8.3.2). Outside of requests, in tasks and verbs called by themselves, nothing is remembered.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from audit.models import DivisionAssignment, RoleGrant, User

# One request's clocks lie this near together; a question about another day is asked anew.
SAME_INSTANT = timedelta(seconds=60)


@dataclass(slots=True)
class _Memory:
    grants: dict[int, list[tuple[str, datetime, datetime | None]]] = field(default_factory=dict)
    answers: dict[int, tuple[datetime, bool]] = field(default_factory=dict)


_memory: ContextVar[_Memory | None] = ContextVar("audit_remembered", default=None)


@contextmanager
def during_request() -> Iterator[None]:
    """Remember from here to the end of the block."""
    token = _memory.set(_Memory())
    try:
        yield
    finally:
        _memory.reset(token)


def roles_at(user: User, at: datetime) -> frozenset[str]:
    """The roles granted to the person at the instant, whatever else they depend on. At most one query."""
    memory = _memory.get()
    if memory is None:
        return frozenset(RoleGrant.objects.at(at).filter(user=user).values_list("role", flat=True))
    if user.pk not in memory.grants:
        mine = RoleGrant.objects.filter(user=user).values_list("role", "starts_at", "ends_at")
        memory.grants[user.pk] = list(mine)
    return frozenset(
        role for role, starts, ends in memory.grants[user.pk] if starts <= at and (ends is None or ends > at)
    )


def answer(user: User, at: datetime, ask: Callable[[User, datetime], bool]) -> bool:
    """What ``ask(user, at)`` says; within a request the person is asked about once."""
    memory = _memory.get()
    if memory is None:
        return ask(user, at)
    kept = memory.answers.get(user.pk)
    if kept is None or abs(kept[0] - at) > SAME_INSTANT:
        kept = (at, ask(user, at))
        memory.answers[user.pk] = kept
    return kept[1]


@receiver([post_save, post_delete], sender=RoleGrant, dispatch_uid="remembered.grants")
@receiver([post_save, post_delete], sender=DivisionAssignment, dispatch_uid="remembered.assignments")
@receiver([post_save, post_delete], sender=User, dispatch_uid="remembered.people")
def forget(instance: Any, **_: Any) -> None:
    """What this very request changed is read again."""
    memory = _memory.get()
    if memory is not None:
        memory.grants.clear()
        memory.answers.clear()
