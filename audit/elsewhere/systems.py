"""Verbs about other systems: entering and ending one, and saying whose a user name of it is."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.elsewhere import rules_elsewhere as rules
from audit.elsewhere.hand_in import PURPOSE
from audit.elsewhere.layout import all_layouts
from audit.elsewhere.matching import match_again
from audit.models import QuerySystem, SystemAccount, User
from audit.refusals import Refusal, Refused
from audit.safeguards.keeping import today


@dataclass(frozen=True, slots=True)
class AccountWanted:
    """Whose a user name is from the first day on, to the last day included (None: until further notice)."""

    account: str
    user: User
    first_day: date
    last_day: date | None


def enter_system(*, name: str, layout: str, expected_from: date, by: Asker, at: datetime) -> QuerySystem:
    """Enter a system whose audit exports are inspected. Raises Refused."""
    with ledger.act(Action.ELSEWHERE_CHANGE, by=by, at=at, purpose=PURPOSE) as record:
        gate.admit(by, Ability.IMPORT_QUERIES, at=at)
        found = all_layouts().get(layout)
        if found is None:
            raise Refused(rules.LAYOUT.refuse("There is no such layout."))
        made = QuerySystem.objects.create(
            name=name, layout=layout, names_people=found.names_people, expected_from=expected_from
        )
        record.about("query_system", made.pk, name)
        record.detail = {"layout": layout, "expected_from": str(expected_from)}
    return made


def end_system(system_id: int, *, by: Asker, at: datetime) -> QuerySystem:
    """From today on no export of the system is expected or taken. Raises Refused, QuerySystem.DoesNotExist."""
    with ledger.act(
        Action.ELSEWHERE_CHANGE, by=by, at=at, purpose=PURPOSE, subject=("query_system", system_id, "")
    ) as record:
        gate.admit(by, Ability.IMPORT_QUERIES, at=at)
        found = QuerySystem.objects.select_for_update(no_key=True).get(pk=system_id)
        _raise(rules.refuse_system(found.ended_on))
        found.ended_on = today(at)
        found.save(update_fields=["ended_on"])
        record.subject_label = found.name
        record.detail = {"ended_on": str(found.ended_on)}
    return found


def name_account(system_id: int, wanted: AccountWanted, *, by: Asker, at: datetime) -> int:
    """Say whose a user name is; how many queries found their person by it. Raises Refused, DoesNotExist."""
    with ledger.act(
        Action.ELSEWHERE_CHANGE, by=by, at=at, purpose=PURPOSE, subject=("query_system", system_id, "")
    ) as record:
        gate.admit(by, Ability.IMPORT_QUERIES, at=at)
        system = QuerySystem.objects.select_for_update(no_key=True).get(pk=system_id)
        starts = _midnight(wanted.first_day)
        ends = _midnight(wanted.last_day + timedelta(days=1)) if wanted.last_day else None
        standing = SystemAccount.objects.filter(system=system, account__iexact=wanted.account)
        standing = standing.filter(Q(ends_at=None) | Q(ends_at__gt=starts))
        overlapping = standing.filter(starts_at__lt=ends) if ends else standing
        _raise(rules.refuse_account(overlapping.exists() or (ends is not None and ends <= starts)))
        SystemAccount.objects.create(
            system=system, account=wanted.account, user=wanted.user, starts_at=starts, ends_at=ends
        )
        matched = match_again(system)
        record.subject_label = system.name
        record.detail = {"account": wanted.account, "person": wanted.user.username, "matched": matched}
    return matched


def end_account(account_id: int, *, by: Asker, at: datetime) -> SystemAccount:
    """End an entry now; queries named before keep their person. Raises Refused, SystemAccount.DoesNotExist."""
    with ledger.act(Action.ELSEWHERE_CHANGE, by=by, at=at, purpose=PURPOSE) as record:
        gate.admit(by, Ability.IMPORT_QUERIES, at=at)
        row = SystemAccount.objects.select_for_update(no_key=True).get(pk=account_id)
        if row.ends_at is not None and row.ends_at <= at:
            raise Refused(rules.ACCOUNT.refuse("This entry has ended already."))
        row.ends_at = max(at, row.starts_at + timedelta(microseconds=1))
        row.save(update_fields=["ends_at"])
        record.about("query_system", row.system_id, row.account)
        record.detail = {"account": row.account, "ended": row.ends_at.isoformat()}
    return row


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(settings.AGENCY["zone"]))


def _raise(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)
