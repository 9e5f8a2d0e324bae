"""Connected at start: what happens to factors and passwords goes on the ledger, and a last factor cannot be deleted.

allauth sends these signals after its own transaction, so each record is an act of its own.
"""

from typing import Any

from allauth.account import signals as account
from allauth.core import context
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from audit.actions import Action
from audit.ledger import LedgerUnavailable
from audit.models import User
from audit.refusals import Refused
from audit.signin import notes, rules, second_factor, sessions


@receiver(user_logged_out, dispatch_uid="signin.signed_out")
def record_sign_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    """Record it; a ledger that is down keeps nobody signed in."""
    if user is None:
        return
    try:
        notes.note(request, Action.SIGN_OUT, at=timezone.now())
    except LedgerUnavailable:
        request.session.flush()
        raise


@receiver(mfa.authenticator_added, dispatch_uid="signin.factor_added")
def record_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """The first real factor, proven by enrolling it, counts for this session; a further one proves nothing."""
    at = timezone.now()
    if authenticator.type == Authenticator.Type.TOTP:
        second_factor.use_up_enrolment_code(authenticator.pk, at=at)
    _record(request, f"added {_name(authenticator)}")
    first = authenticator.type != Authenticator.Type.RECOVERY_CODES and not second_factor.others(authenticator)
    if first and request.user.is_authenticated and request.user.pk == user.pk:
        sessions.mark_factor(request.session)


@receiver(mfa.authenticator_used, dispatch_uid="signin.factor_used")
def stamp_reauthenticated(request: HttpRequest, user: User, reauthenticated: bool, **_: Any) -> None:
    """A factor used in an open session counts for it. (At sign-in the adapter stamps the new session.)"""
    if reauthenticated and request.user.is_authenticated and request.user.pk == user.pk:
        sessions.mark_factor(request.session)


@receiver(mfa.authenticator_removed, dispatch_uid="signin.factor_removed")
def record_removed(request: HttpRequest, authenticator: Authenticator, **_: Any) -> None:
    """A factor taken off."""
    _record(request, f"removed {_name(authenticator)}")


@receiver(mfa.authenticator_reset, dispatch_uid="signin.factor_reset")
def record_reset(request: HttpRequest, authenticator: Authenticator, **_: Any) -> None:
    """Recovery codes made anew."""
    _record(request, f"made new {_name(authenticator)}")


@receiver([account.password_changed, account.password_set], dispatch_uid="signin.password_changed")
def record_password(request: HttpRequest, **_: Any) -> None:
    """A password chosen anew."""
    _record(request, "changed the password")


@receiver(pre_delete, sender=Authenticator, dispatch_uid="signin.last_factor_stays")
def keep_last_factor(instance: Authenticator, **_: Any) -> None:
    """Nobody deletes their own last factor, by whatever page and however many at once. Raises Refused."""
    request = context.request
    user = getattr(request, "user", None)
    if user is None or user.pk != instance.user_id or instance.type == Authenticator.Type.RECOVERY_CODES:
        return
    User.objects.select_for_update().get(pk=user.pk)  # two removals at once: the second sees the first
    if refusal := rules.refuse_last_factor(second_factor.others(instance)):
        raise Refused(refusal)


def _record(request: HttpRequest, what: str) -> None:
    notes.note(request, Action.FACTOR_CHANGE, at=timezone.now(), reason=what)


def _name(authenticator: Authenticator) -> str:
    return {
        Authenticator.Type.TOTP: "an authenticator app",
        Authenticator.Type.WEBAUTHN: "a key",
        Authenticator.Type.RECOVERY_CODES: "recovery codes",
    }[Authenticator.Type(authenticator.type)]
