"""Release of locked accounts by those who manage people. Every release is on the ledger; nobody releases themselves."""

from dataclasses import dataclass
from datetime import datetime

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import SignInAttempt, User
from audit.people import same_person
from audit.refusals import Refused
from audit.signin import lockout, rules


@dataclass(frozen=True, slots=True)
class Lock:
    """An account the lock-out holds, and where: an address, an open session, or "anywhere"."""

    person: User
    where: str
    since: datetime


def locked(*, by: Asker, at: datetime) -> list[Lock]:
    """The locks in force, newest first. Raises Refused unless the asker manages people."""
    with ledger.act(Action.ADMIN_VIEW, by=by, at=at, purpose="administration", subject=("locks", "", "")) as record:
        gate.admit(by, Ability.MANAGE_PEOPLE, at=at)
        rows = list(lockout.locks(at=at)[:200])
        people = User.objects.in_bulk({row.username for row in rows}, field_name="username")
        found = [_lock(row, people[row.username]) for row in rows if row.username in people]
        record.result_count = len(found)
    return found


def release(person: User, *, by: Asker, at: datetime) -> int:
    """Take every lock off the person's account. Returns how many there were. Raises Refused."""
    with ledger.act(Action.LOCK_RELEASE, by=by, at=at, purpose="administration") as record:
        record.about("user", person.pk, person.get_username())
        gate.admit(by, Ability.MANAGE_PEOPLE, at=at)
        if refusal := rules.refuse_own_release(same_person(by.member, person)):
            raise Refused(refusal)
        released = lockout.release(person.get_username())
        record.result_count = released
    return released


def _lock(row: SignInAttempt, person: User) -> Lock:
    return Lock(person, "anywhere" if row.address == lockout.ANYWHERE else row.address, row.at)
