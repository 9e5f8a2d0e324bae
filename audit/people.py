"""Verbs about people: suspending one at once."""

from datetime import datetime

from django.contrib.sessions.models import Session

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import User


def suspend_user(*, user_id: int, reason: str, by: Asker, at: datetime) -> User:
    """Close an account at once: their next request is refused, their sessions are gone (AC-2(13), C-07)."""
    with ledger.act(
        Action.USER_SUSPEND, by=by, at=at, purpose="administration", reason=reason, subject=("user", user_id, "")
    ) as record:
        gate.admit(by, Ability.MANAGE_PEOPLE, at=at)
        user = User.objects.select_for_update().get(pk=user_id)
        record.subject_label = user.username
        user.is_active, user.suspended_at, user.suspended_reason = False, at, reason
        user.save(update_fields=["is_active", "suspended_at", "suspended_reason"])
        end_sessions(user)
    return user


def end_sessions(user: User) -> int:
    """Delete all stored sessions of the person; returns how many. Sessions are read one by one: they are few."""
    mine = [row.pk for row in Session.objects.iterator() if row.get_decoded().get("_auth_user_id") == str(user.pk)]
    return Session.objects.filter(pk__in=mine).delete()[0]
