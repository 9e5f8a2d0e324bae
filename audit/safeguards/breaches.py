"""Verbs of breaches: record one, add what becomes known, close it (462.5 last paragraph, Civil Code 1798.29, IR-6)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit import gate, ledger, notices
from audit.abilities import ABILITIES, Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import Breach, RoleGrant, User
from audit.refusals import Refusal, Refused
from audit.safeguards import rules_safeguards as rules

PURPOSE = "breach"


@dataclass(frozen=True, slots=True)
class BreachRow:
    """A breach with its clock: ``report_due_at`` is an hour after discovery; ``late`` once that passed unreported."""

    breach: Breach
    report_due_at: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class Added:
    """What became known later; None or "" leaves what stands."""

    reported_at: datetime | None = None
    reported_to: str = ""
    people_affected: int | None = None
    people_told_at: datetime | None = None


def list_breaches(*, by: Asker, at: datetime) -> tuple[list[BreachRow], int]:
    """All breaches, newest first, and the record of this look. Raises Refused."""
    with ledger.act(Action.BREACH_LIST, by=by, at=at, purpose=PURPOSE) as record:
        gate.admit(by, Ability.MANAGE_SAFEGUARDS, at=at)
        rows = [row_of(one, at) for one in Breach.objects.select_related("recorded_by")]
        record.result_count = len(rows)
    return rows, record.index or 0


def see_breach(*, breach_id: UUID, by: Asker, at: datetime) -> tuple[BreachRow, int]:
    """One breach, and the record of this look. Raises Refused, Breach.DoesNotExist."""
    with ledger.act(Action.BREACH_VIEW, by=by, at=at, purpose=PURPOSE, subject=("breach", breach_id, "")) as record:
        gate.admit(by, Ability.MANAGE_SAFEGUARDS, at=at)
        found = Breach.objects.select_related("recorded_by").get(pk=breach_id)
        record.result_count = 1
    return row_of(found, at), record.index or 0


def record_breach(*, discovered_at: datetime, what: str, by: Asker, at: datetime) -> Breach:
    """Start the record of a breach, and its clock; the others who keep safeguards are told at once. Raises Refused."""
    with ledger.act(Action.BREACH_RECORD, by=by, at=at, purpose=PURPOSE) as record:
        gate.admit(by, Ability.MANAGE_SAFEGUARDS, at=at)
        _raise(rules.refuse_breach_order(discovered_at, None, None, at))
        _raise(rules.refuse_words(what))
        made = Breach(discovered_at=discovered_at, recorded_at=at, recorded_by=by.member, what=what)
        made.save(force_insert=True)
        record.about("breach", made.pk, "")
        record.detail = {"discovered_at": discovered_at.isoformat()}
        notices.tell(
            _keepers(at, but=by.member), key=f"breach:{made.pk}", urgent=True, at=at,
            path=f"/safeguards/breaches/{made.pk}/",
            words="A breach was recorded. It is to be reported within an hour of its discovery.",
        )  # fmt: skip
    return made


def add(breach_id: UUID, added: Added, *, by: Asker, at: datetime) -> Breach:
    """Add what became known to an open breach. Raises Refused, Breach.DoesNotExist."""
    with ledger.act(Action.BREACH_CHANGE, by=by, at=at, purpose=PURPOSE, subject=("breach", breach_id, "")) as record:
        gate.admit(by, Ability.MANAGE_SAFEGUARDS, at=at)
        found = _open(breach_id)
        for name in Added.__slots__:
            value = getattr(added, name)
            if value not in (None, "") and value != getattr(found, name):
                record.detail[name] = [str(getattr(found, name) or ""), str(value)]
                setattr(found, name, value)
        _raise(rules.refuse_breach_order(found.discovered_at, found.reported_at, found.people_told_at, at))
        found.save()
    return found


def close(breach_id: UUID, words: str, *, by: Asker, at: datetime) -> Breach:
    """Close a breach of which all is on file. Raises Refused, Breach.DoesNotExist."""
    with ledger.act(
        Action.BREACH_CHANGE, by=by, at=at, purpose=PURPOSE, reason=words, subject=("breach", breach_id, "")
    ) as record:
        gate.admit(by, Ability.MANAGE_SAFEGUARDS, at=at)
        found = _open(breach_id)
        _raise(
            rules.refuse_breach_close(found.reported_at, found.people_affected, found.people_told_at)
            or rules.refuse_words(words)
        )
        found.closed_at, found.closing_words = at, words
        found.save(update_fields=["closed_at", "closing_words"])
        record.detail = {"closed": True}
    return found


def row_of(breach: Breach, at: datetime) -> BreachRow:
    """A breach with its clock at the instant."""
    due = breach.discovered_at + rules.REPORT_WITHIN
    reported = breach.reported_at or at
    return BreachRow(breach, due, late=reported > due)


def count_open() -> int:
    """Breaches that are not closed. One query."""
    return Breach.objects.filter(closed_at=None).count()


def _open(breach_id: UUID) -> Breach:
    found = Breach.objects.select_for_update(no_key=True).get(pk=breach_id)
    if found.closed_at is not None:
        raise Refused(
            rules.BREACH_CLOSE.refuse("This breach is closed.", next_step="Record a new one if there is more.")
        )
    return found


def _keepers(at: datetime, *, but: User) -> list[User]:
    roles = [role for role, abilities in ABILITIES.items() if Ability.MANAGE_SAFEGUARDS in abilities]
    held = RoleGrant.objects.at(at).filter(role__in=roles, user__is_active=True).select_related("user")
    return [one.user for one in held if one.user_id != but.pk]


def _raise(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)
