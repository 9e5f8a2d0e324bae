"""The life of an account: closed when unused or run out, at the door or by the nightly job; opened again by a person.

Whether an account is over is arithmetic on its row; the job and the door only write down what already holds.
"""

from datetime import datetime

from audit import asker, gate, ledger, people, policy
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import User
from audit.refusals import Refusal, Refused
from audit.roster import rules

PURPOSE = "administration"


def refuse(user: User, at: datetime) -> Refusal | None:
    """Why the account is over at the instant; None while it is not. One query, for the policy."""
    return rules.refuse_account(rules.Life(user.in_use_since, user.expires_at), at, policy.in_force(at))


def close_if_over(user: User, *, at: datetime, found_by: str) -> Refusal | None:
    """Close the account where it is over, with its record, and say why. Looks again under the row's lock."""
    if not user.is_active or refuse(user, at) is None:
        return None
    by = asker.system(found_by)
    with ledger.act(Action.ACCESS_CLOSE, by=by, at=at, purpose=PURPOSE, subject=("user", user.pk, "")) as record:
        fresh = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        record.subject_label = fresh.username
        refusal = refuse(fresh, at)
        record.result_count = 0
        if refusal is not None and fresh.is_active:
            close(fresh, refusal, at)
            record.result_count = 1
            record.detail = {"rule": refusal.code, "why": refusal.reason}
    user.refresh_from_db()
    return refusal


def close(user: User, refusal: Refusal, at: datetime) -> None:
    """Close the account and end its sessions; part of the caller's act."""
    user.is_active, user.suspended_at = False, at
    user.suspended_reason = f"Closed: {refusal.reason}"[:300]
    user._change_reason = refusal.code  # type: ignore[attr-defined] # simple-history reads it
    user.save(update_fields=["is_active", "suspended_at", "suspended_reason"])
    people.end_sessions(user)


def reopen(*, user_id: int, reason: str, by: Asker, at: datetime) -> User:
    """Open a closed or suspended account again; its idle clock starts anew. Raises Refused."""
    with ledger.act(
        Action.USER_CHANGE, by=by, at=at, purpose=PURPOSE, reason=reason, subject=("user", user_id, "")
    ) as record:
        profile = gate.admit(by, Ability.MANAGE_PEOPLE, at=at)
        user = User.objects.select_for_update().get(pk=user_id)
        record.subject_label = user.username
        people.check_not_own(by, [user], what="account", at=at)
        people.check_may_reopen(by, user, at=at)
        _require(rules.refuse_wordless(reason, profile))
        _require(rules.refuse_reopening(user.account_kind, user.has_run_out(at), profile))
        record.detail = {"change": "opened again", "was": user.suspended_reason}
        open_again(user, at)
    return user


def lay_unused(user: User, at: datetime) -> bool:
    """Whether the account is shut for want of use and for nothing else: found so now, or closed for it before."""
    refusal = refuse(user, at)
    unused = refusal is not None and refusal.code == rules.ACCOUNT_IDLE.code
    if user.is_active:
        return unused
    last = user.history.order_by("-history_date", "-history_id").first()
    return last is not None and last.history_change_reason == rules.ACCOUNT_IDLE.code


def open_again(user: User, at: datetime) -> None:
    """Write an account open from now on; part of the caller's act."""
    user.is_active, user.suspended_at, user.suspended_reason, user.opened_at = True, None, "", at
    user.save(update_fields=["is_active", "suspended_at", "suspended_reason", "opened_at"])


def _require(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)
