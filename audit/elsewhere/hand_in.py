"""Handing in an audit export: stored under its hash, put on record, queued."""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import IO
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.core.files.storage import default_storage
from kombu.exceptions import OperationalError

from audit import gate, ledger
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.elsewhere import rules_elsewhere as rules
from audit.elsewhere.layout import all_layouts
from audit.ids import uuid7
from audit.models import QueryImport, QuerySystem
from audit.refusals import Refusal, Refused
from audit.safeguards.keeping import today
from audit.stored_files import Hashed, TooLarge, shown_name

log = logging.getLogger(__name__)

PURPOSE = "query review"
FOLDER = "query-exports"
TASK = "audit.elsewhere.tasks.take_in_export"


@dataclass(frozen=True, slots=True)
class Export:
    """What is said of a file: the system it is of, its name, and the days it covers, both included."""

    system_id: int
    name: str
    first_day: date
    last_day: date


def hand_in(export: Export, stream: IO[bytes], *, by: Asker, at: datetime) -> QueryImport:
    """Take an export over and queue it. Raises Refused (recorded; nothing is kept), QuerySystem.DoesNotExist."""
    key, content, too_large = uuid7(), Hashed(stream, most=settings.QUERY_EXPORT_MOST_BYTES), False
    stored = f"{FOLDER}/{key.hex}"
    if by.user is not None and Ability.IMPORT_QUERIES in abilities_of(by.user, at):
        try:
            stored = default_storage.save(stored, content)
        except TooLarge:
            too_large = True
            _remove(stored)
        except BaseException:
            _remove(stored)
            raise
    try:
        made = _record(export, key, content, too_large=too_large, by=by, at=at)
    except ledger.LedgerUnavailable:
        raise  # whether the commit arrived is not known here
    except BaseException:
        _remove(stored)
        raise
    enqueue(made)
    return made


def stored_as(export: QueryImport) -> str:
    """The export's file in storage."""
    return f"{FOLDER}/{export.pk.hex}"


def enqueue(export: QueryImport) -> bool:
    """Tell the workers; False where the broker is away (the sweep tries again)."""
    try:
        current_app.send_task(TASK, kwargs={"import_id": str(export.pk)}, queue="default", retry=False)
    except (OperationalError, OSError) as error:
        log.warning("export not queued: %s", type(error).__name__)
        return False
    return True


def _record(export: Export, key: UUID, content: Hashed, *, too_large: bool, by: Asker, at: datetime) -> QueryImport:
    sha256 = content.hash.hexdigest()
    with ledger.act(
        Action.ELSEWHERE_HAND_IN, by=by, at=at, purpose=PURPOSE, query={"file": sha256, "system": export.system_id}
    ) as record:
        gate.admit(by, Ability.IMPORT_QUERIES, at=at)
        # The lock lets one of two who hand in the same file at once see the other's.
        system = QuerySystem.objects.select_for_update(no_key=True).get(pk=export.system_id)
        most = settings.QUERY_EXPORT_MOST_BYTES // 1024**2
        if too_large:
            raise Refused(rules.TOO_LARGE.refuse(f"The file is larger than {most:,} MB."))
        _raise(rules.refuse_system(system.ended_on))
        _raise(rules.refuse_days(export.first_day, export.last_day, today(at)))
        if system.layout not in all_layouts():
            raise Refused(rules.LAYOUT.refuse("There is no such layout."))
        alive = QueryImport.objects.filter(system=system, sha256=sha256).exclude(state__in=["unfit", "failed"])
        _raise(rules.refuse_known(alive.exists()))
        made = QueryImport(
            pk=key, system=system, file_name=shown_name(export.name), sha256=sha256, byte_count=content.count,
            covers_from=export.first_day, covers_upto=export.last_day + timedelta(days=1),
            handed_in_by=by.member, handed_in_at=at, beat_at=at,
        )  # fmt: skip
        made.save(force_insert=True)
        record.about("query_import", made.pk, system.name)
        record.detail = {
            "name": made.file_name,
            "bytes": made.byte_count,
            "days": [str(export.first_day), str(export.last_day)],
        }
    return made


def _remove(name: str) -> None:
    try:
        default_storage.delete(name)
    except OSError:
        log.exception("the file of an export could not be removed")


def _raise(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)
