"""Sign-in's records on the ledger: who, from where, how it ended. A name that no account has is never written down."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from audit import ledger
from audit.actions import Action, ActorKind
from audit.asker import Asker, address_of, class_of, from_request, person
from audit.models import User
from audit.refusals import Refused

PURPOSE = "sign-in"


class DidNotSignIn(Exception):
    """Ends the act of a failed sign-in, so that it is recorded as failed."""


def claimant(request: HttpRequest, user: User | None) -> Asker:
    """The asker of a sign-in that has not happened yet: the account named, or "unknown"."""
    if user is not None:
        return person(user, address=address_of(request), device_class=class_of(request))
    return Asker(ActorKind.PUBLIC, "unknown", "unknown", address_of(request))


def failed(by: Asker, reason: str, *, at: datetime) -> None:
    """Record a sign-in that failed; ``reason`` is ours, never what was typed."""
    try:
        with ledger.act(Action.SIGN_IN_FAILED, by=by, at=at, purpose=PURPOSE, reason=reason):
            raise DidNotSignIn
    except DidNotSignIn:
        return


def refused(by: Asker, refusal: Refused, *, at: datetime, action: Action = Action.SIGN_IN_FAILED) -> Refused:
    """Record a refusal (a blocked attempt, a closed account); returns it with its record's index."""
    try:
        with ledger.act(action, by=by, at=at, purpose=PURPOSE):
            raise refusal
    except Refused as recorded:
        return recorded


def signed_in(request: HttpRequest, proofs: str, *, at: datetime) -> int:
    """Record a sign-in with the person's other open sessions, and tell the person of these. Returns the index."""
    from audit.signin import machines

    others = machines.elsewhere(request, at=at)
    with ledger.act(Action.SIGN_IN, by=from_request(request), at=at, purpose=PURPOSE, reason=proofs) as record:
        if others:
            record.detail = {"also_signed_in": machines.as_detail(others)}
            machines.tell_of_others(request, others, at=at)
    return record.index or 0


def note(request: HttpRequest, action: Action, *, at: datetime, reason: str = "", **facts: Any) -> int:
    """Record something the signed-in person did to their own session or factors."""
    return ledger.note(action, by=from_request(request), at=at, purpose=PURPOSE, reason=reason, **facts)
