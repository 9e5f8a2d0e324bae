"""Keep the registers: look at what they hold, take in a file, add and end plates of members. Each is on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Min

from audit import gate, ledger, plates
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import CaseFile, LedgerEntry, MemberPlate, Shift, User
from audit.people import same_person
from audit.refusals import Refusal, Refused
from audit.registers import rules
from audit.registers.cases import keep_cases, read_cases
from audit.registers.duty_hours import keep_hours, read_hours
from audit.registers.member_plates import digest_of

PURPOSE = "review"
SUBJECT = "register"
MOST_SHOWN = 500


class Register(StrEnum):
    """The registers that come as files."""

    CASES = "cases"
    DUTY_HOURS = "duty hours"


class EntryNotFound(LookupError):
    """There is no such entry, or it has ended already."""


class AlreadyThere(ValueError):
    """This plate is on file for this person."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a register holds: how many rows, of how many people, up to when it reaches, and when it was last fed."""

    rows: int
    people: int
    first: object
    last: object
    taken_in_at: datetime | None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """All registers, and the record of this look. The plates themselves are nowhere to be shown."""

    cases: Held
    duty_hours: Held
    member_plates: Held
    entries: Sequence[MemberPlate]
    record_index: int | None


def overview(*, by: Asker, at: datetime) -> Overview:
    """What the registers hold. Raises Refused."""
    with ledger.act(Action.REGISTER_VIEW, by=by, at=at, purpose=PURPOSE, subject=(SUBJECT, "all", "")) as record:
        gate.admit(by, Ability.MANAGE_REGISTERS, at=at)
        live = MemberPlate.objects.filter(ended_at=None).select_related("user", "added_by")
        entries = list(live.order_by("user__username", "added_at", "pk")[:MOST_SHOWN])
        cases = CaseFile.objects.aggregate(
            rows=Count("pk"),
            first=Min("opened_on"),
            last=Max("opened_on"),
            people=Count("assignments__user", distinct=True),
        )
        hours = Shift.objects.aggregate(
            rows=Count("pk"), first=Min("starts_at"), last=Max("ends_at"), people=Count("user", distinct=True)
        )
        held = live.aggregate(
            rows=Count("pk"), first=Min("added_at"), last=Max("added_at"), people=Count("user", distinct=True)
        )
        cases["rows"] = CaseFile.objects.count()
        found = Overview(
            Held(**cases, **_fed(Register.CASES)),
            Held(**hours, **_fed(Register.DUTY_HOURS)),
            Held(**held, taken_in_at=held["last"]),
            entries,
            None,
        )
        record.result_count = found.cases.rows + found.duty_hours.rows + found.member_plates.rows
    return Overview(found.cases, found.duty_hours, found.member_plates, entries, record.index)


def take_in(register: Register, data: bytes, *, by: Asker, at: datetime) -> int:
    """Take in a whole file or nothing of it; how many cases or hours it held. Raises Refused, Unfit or BadRows."""
    with ledger.act(
        Action.REGISTER_TAKE_IN,
        by=by,
        at=at,
        purpose=PURPOSE,
        query={"sha256": sha256(data).hexdigest(), "bytes": len(data)},
        subject=(SUBJECT, register.value, ""),
    ) as record:
        gate.admit(by, Ability.MANAGE_REGISTERS, at=at)
        if register is Register.CASES:
            cases = read_cases(data)
            record.detail = {"cases": len(cases), "assignments": keep_cases(cases, at=at)}
            record.result_count = len(cases)
        else:
            hours = read_hours(data)
            keep_hours(hours)
            record.detail = {"hours": len(hours), "people": len({user for user, _ in hours})}
            record.result_count = len(hours)
    return record.result_count or 0


def add_plate(*, username: str, plate: str, relation: str, by: Asker, at: datetime) -> MemberPlate:
    """Put a plate on file as its digest. Raises Refused, PlateError or AlreadyThere. The record names no plate."""
    with ledger.act(
        Action.REGISTER_TAKE_IN, by=by, at=at, purpose=PURPOSE, subject=(SUBJECT, "plates", username)
    ) as record:
        profile = gate.admit(by, Ability.MANAGE_REGISTERS, at=at)
        member = User.objects.filter(username=username).first()
        if member is None:
            raise Refused(rules.refuse_no_member(profile))
        digest = digest_of(plates.normalise(plate))
        try:
            with transaction.atomic():
                entry = MemberPlate.objects.create(
                    user=member, digest=digest, relation=MemberPlate.Relation(relation), added_by=by.member, added_at=at
                )
        except IntegrityError as error:
            raise AlreadyThere from error
        record.detail = {"entry": entry.pk, "member": username, "relation": relation}
        record.result_count = 1
    return entry


def end_plate(entry_id: int, *, by: Asker, at: datetime) -> MemberPlate:
    """End an entry; it stays on file as ended. Raises Refused or EntryNotFound."""
    with ledger.act(Action.REGISTER_TAKE_IN, by=by, at=at, purpose=PURPOSE, subject=(SUBJECT, "plates", "")) as record:
        profile = gate.admit(by, Ability.MANAGE_REGISTERS, at=at)
        entry = MemberPlate.objects.select_for_update(of=("self",)).select_related("user").filter(pk=entry_id).first()
        if entry is None or entry.ended_at is not None:
            raise EntryNotFound
        _raise(rules.refuse_own_entry(same_person(by.member, entry.user), profile))
        entry.ended_at = at
        entry.save(update_fields=["ended_at"])
        record.about(SUBJECT, "plates", entry.user.username)
        record.detail = {"entry": entry.pk, "member": entry.user.username, "ended": True}
        record.result_count = 1
    return entry


def _fed(register: Register) -> dict[str, Any]:
    """When a file was last taken in, and by whom."""
    last = (
        LedgerEntry.objects.filter(
            subject_type=SUBJECT, subject_id=register.value, action=Action.REGISTER_TAKE_IN, outcome="allowed"
        )
        .order_by("-index")
        .first()
    )
    return {"taken_in_at": last.recorded_at if last else None, "by": last.username if last else ""}


def _raise(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)
