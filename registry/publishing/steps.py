"""Prepare a publication, look at it, publish it or not: two people, each step on the ledger."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max

from audit import gate, ledger
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import User
from audit.people import same_person
from audit.refusals import Refused
from registry.models import MonthFigure, Publication
from registry.publishing import checks, content, rules
from registry.publishing.differences import Difference, differences_of
from registry.publishing.files import files_of

PURPOSE = "publish transparency"
_LOCK = (525, 35)


@dataclass(frozen=True, slots=True)
class Overview:
    """What the staff page shows: what waits, what was decided, the checks as they stand, and who may do what."""

    waiting: Publication | None
    decided: list[Publication]
    checks: list[checks.Check]
    counted: list[date]
    may_prepare: bool
    may_decide: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """One publication with its checks as they stand now and its differences to the one before."""

    publication: Publication
    checks: list[checks.Check]
    before: Publication | None
    differences: list[Difference]
    may_decide: bool
    own: bool


def prepare(*, by: Asker, at: datetime, note: str = "") -> Publication:
    """Make the page of this moment ready for the second person. Raises Refused."""
    with ledger.act(Action.TRANSPARENCY_PREPARE, by=by, at=at, purpose=PURPOSE, reason=note) as record:
        gate.admit(by, Ability.PREPARE_PUBLICATION, at=at)
        _one_at_a_time()
        waits = Publication.objects.filter(state=Publication.State.PREPARED).exists()
        if refusal := rules.refuse_while_waiting(waits) or rules.refuse_uncounted(MonthFigure.objects.exists()):
            raise Refused(refusal)
        made = content.build(at, last_published())
        found = checks.open_checks(checks.all_checks(made["policy"], at))
        record.detail = {"open_checks": [check.code for check in found]}
        if refusal := rules.refuse_contradicted(len(found)):
            raise Refused(refusal)
        row = Publication.objects.create(
            closed_upto=date.fromisoformat(made["closed_upto"]),
            content=made,
            sha256=content.sha256(content.as_bytes(made)),
            note=note,
            prepared_by=by.member,
            prepared_at=at,
        )
        record.about("publication", row.pk)
        record.detail = {"sha256": row.sha256, "cells": made["cells"]}
    return row


def publish(publication_id: UUID, *, by: Asker, at: datetime) -> Publication:
    """Put out what another person prepared, exactly as it was seen. Raises Refused, Publication.DoesNotExist."""
    with ledger.act(Action.TRANSPARENCY_DECIDE, by=by, at=at, purpose=PURPOSE) as record:
        row = _to_decide(publication_id, by, at, record)
        found = checks.open_checks(checks.all_checks(row.content["policy"], at))
        if refusal := rules.refuse_contradicted(len(found)) or rules.refuse_out_of_date(_outdated(row, at)):
            record.detail = {"open_checks": [check.code for check in found]}
            raise Refused(refusal)
        newest = Publication.objects.aggregate(newest=Max("number"))["newest"] or 0
        row.number, row.state = newest + 1, Publication.State.PUBLISHED
        row.decided_by, row.decided_at = by.member, at
        row.save(update_fields=["number", "state", "decided_by", "decided_at"])
        record.detail = {
            "decision": "published",
            "number": row.number,
            "sha256": row.sha256,
            "files": {name: content.sha256(data) for name, data in files_of(row.content).items()},
        }
    _note_record(row, record.index)
    return row


def refuse(publication_id: UUID, *, words: str, by: Asker, at: datetime) -> Publication:
    """Do not publish it, and say why. Raises Refused, Publication.DoesNotExist."""
    with ledger.act(Action.TRANSPARENCY_DECIDE, by=by, at=at, purpose=PURPOSE, reason=words) as record:
        row = _to_decide(publication_id, by, at, record)
        if refusal := rules.refuse_without_words(words):
            raise Refused(refusal)
        row.state, row.decided_by, row.decided_at = Publication.State.REFUSED, by.member, at
        row.decision_words = words
        row.save(update_fields=["state", "decided_by", "decided_at", "decision_words"])
        record.detail = {"decision": "refused", "sha256": row.sha256}
    _note_record(row, record.index)
    return row


def overview(*, by: Asker, at: datetime) -> Overview:
    """All publications, and what would stand in the way of one now. Open to who prepares and who publishes."""
    with ledger.act(Action.TRANSPARENCY_QUEUE, by=by, at=at, purpose=PURPOSE) as record:
        may_prepare, may_decide = _admit_either(by, at)
        rows = list(Publication.objects.select_related("prepared_by", "decided_by").defer("content"))
        record.result_count = len(rows)
        waiting = next((row for row in rows if row.state == Publication.State.PREPARED), None)
        return Overview(
            waiting,
            [row for row in rows if row.state != Publication.State.PREPARED],
            checks.all_checks(content.policy_part(at), at),
            list(MonthFigure.objects.order_by("-month").values_list("month", flat=True).distinct()[:24]),
            may_prepare,
            may_decide,
        )


def open_one(publication_id: UUID, *, by: Asker, at: datetime) -> Opened:
    """A publication as it will be, or was, seen. Raises Refused, Publication.DoesNotExist."""
    with ledger.act(Action.TRANSPARENCY_QUEUE, by=by, at=at, purpose=PURPOSE) as record:
        _, may_decide = _admit_either(by, at)
        row = Publication.objects.select_related("prepared_by", "decided_by").get(pk=publication_id)
        record.about("publication", row.pk)
        record.result_count = 1
        before = _before(row)
        waits = row.state == Publication.State.PREPARED
        found = checks.all_checks(row.content["policy"], at) if waits else []
        changed = differences_of(before.content if before else None, row.content)
        return Opened(row, found, before, changed, may_decide and waits, same_person(by.member, row.prepared_by))


def last_published() -> Publication | None:
    """The publication that the public page shows. One query."""
    return Publication.objects.filter(state=Publication.State.PUBLISHED).order_by("-number").first()


def _admit_either(by: Asker, at: datetime) -> tuple[bool, bool]:
    held = abilities_of(by.user, at) if isinstance(by.user, User) else frozenset()
    may_prepare, may_decide = Ability.PREPARE_PUBLICATION in held, Ability.APPROVE_PUBLICATION in held
    gate.admit(by, Ability.APPROVE_PUBLICATION if may_decide else Ability.PREPARE_PUBLICATION, at=at)
    return may_prepare, may_decide


def _to_decide(publication_id: UUID, by: Asker, at: datetime, record: ledger.Record) -> Publication:
    gate.admit(by, Ability.APPROVE_PUBLICATION, at=at)
    _one_at_a_time()
    row = Publication.objects.select_for_update().get(pk=publication_id)
    record.about("publication", row.pk)
    refusal = rules.refuse_decided(row.state == Publication.State.PREPARED) or rules.refuse_same_person(
        same_person(by.member, row.prepared_by)
    )
    if refusal:
        raise Refused(refusal)
    return row


def _outdated(row: Publication, at: datetime) -> list[str]:
    """What the page shows of now, and is no longer so: policy, people, agencies."""
    now: dict[str, Any] = content.present_part(at)
    return [title for key, title in content.PRESENT.items() if row.content[key] != now[key]]


def _before(row: Publication) -> Publication | None:
    published = Publication.objects.filter(state=Publication.State.PUBLISHED)
    return (published.filter(number__lt=row.number) if row.number else published).order_by("-number").first()


def _note_record(row: Publication, index: int | None) -> None:
    row.record_index = index
    row.save(update_fields=["record_index"])


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _LOCK)
