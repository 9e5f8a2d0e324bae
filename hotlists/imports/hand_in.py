"""Handing in a hot list's file: stored while it is hashed, put on record, and queued; and stopping one."""

import logging
from contextlib import suppress
from datetime import datetime
from typing import IO
from uuid import uuid4

from celery import current_app
from django.conf import settings
from django.core.files.storage import default_storage
from kombu.exceptions import OperationalError

from audit import gate, ledger, policy
from audit.abilities import Ability, abilities_of
from audit.actions import Action, ActorKind
from audit.asker import Asker
from audit.policy import Profile
from audit.refusals import Refused
from audit.stored_files import Hashed, TooLarge, shown_name
from hotlists import rules_imports as rules
from hotlists.imports import store
from hotlists.imports.layout import all_layouts
from hotlists.models import HotList, HotListImport

log = logging.getLogger(__name__)

PURPOSE = "hot lists"
FOLDER = "hot-lists"
TASK, QUEUE = "hotlists.tasks.take_in_import", "default"
Status = HotListImport.Status
OPEN = (Status.WAITING, Status.RUNNING)


def hand_in(
    *,
    hot_list_id: int,
    layout: str,
    name: str,
    stream: IO[bytes],
    origin: str,
    by: Asker,
    at: datetime,
    expect_shrink: bool = False,
) -> HotListImport:
    """Take a file over and queue it. ``expect_shrink``: the list may become much shorter by it.

    ``by`` is a person with Ability.MANAGE_HOT_LISTS, or a source's key or the folder's clockwork, whose list the door
    has looked up. Raises Refused (recorded; nothing is kept), HotList.DoesNotExist, LedgerUnavailable.
    """
    stored, content = f"{FOLDER}/{uuid4().hex}", Hashed(stream, most=settings.HOT_LIST_MOST_BYTES)
    too_large = False
    if _may(by, at):
        try:
            stored = default_storage.save(stored, content)
        except BaseException as error:
            remove(stored)
            too_large = isinstance(error, TooLarge)
            if not too_large:
                raise
    import_ = HotListImport(
        hot_list_id=hot_list_id, layout=layout, origin=origin, handed_in_by=by.user, handed_in_at=at, file=stored,
        name=shown_name(name), size=content.count, sha256=content.hash.hexdigest(), beat_at=at,
        expect_shrink=expect_shrink,
    )  # fmt: skip
    try:
        _record(import_, too_large=too_large, by=by, at=at)
    except ledger.LedgerUnavailable:
        raise  # whether the commit arrived is not known here: the sweep removes the file if it did not
    except BaseException:
        remove(stored)
        raise
    enqueue(import_.pk)
    return import_


def cancel(import_id: int, by: Asker, at: datetime) -> HotListImport:
    """Stop a file that is not live yet: the list stays as it is. Raises Refused, HotListImport.DoesNotExist."""
    with ledger.act(
        Action.IMPORT_CANCEL, by=by, at=at, purpose=PURPOSE, subject=("hot_list_import", import_id, "")
    ) as record:
        profile = _admit(by, at)
        import_ = HotListImport.objects.select_for_update(of=("self",), no_key=True).get(pk=import_id)
        if import_.status not in OPEN:
            raise Refused(rules.ENDED.refuse("This file has come to its end already.", profile=profile.stamp))
        import_.status, import_.ended_at, import_.worker, import_.stage = Status.STOPPED, at, None, ""
        import_.verdict = f"Stopped by {by.name}. The list has not changed."
        import_.save(update_fields=["status", "ended_at", "worker", "stage", "verdict"])
        record.detail = {"hot_list": import_.hot_list_id, "sha256": import_.sha256}
    put_away(import_)
    return import_


def put_away(import_: HotListImport) -> None:
    """Remove an import's file, and rows that never became live. What cannot be done now the sweep does later."""
    if import_.status not in (Status.LIVE, Status.SUPERSEDED):
        with suppress(store.Busy):
            store.drop(import_.pk, patience=1.0)
    if import_.file and remove(str(import_.file.name)):
        HotListImport.objects.filter(pk=import_.pk).update(file="")
        import_.file = ""


def remove(name: str) -> bool:
    """Remove a stored file; whether it is gone."""
    try:
        default_storage.delete(name)
    except OSError:
        log.exception("a file of a hot list could not be removed")
        return False
    return True


def enqueue(import_id: int) -> bool:
    """Tell the workers; False where the broker is away (the sweep tries again)."""
    try:
        current_app.send_task(TASK, kwargs={"import_id": import_id}, queue=QUEUE, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("import not queued: %s", type(error).__name__)
        return False
    return True


def _admit(by: Asker, at: datetime) -> Profile:
    """Let a person of the department through who manages hot lists. Raises Refused."""
    profile = gate.admit(by, Ability.MANAGE_HOT_LISTS, at=at)
    if by.user is not None and by.user.organisation:
        raise Refused(rules.SENDER.refuse("Your account is another agency's.", profile=profile.stamp))
    return profile


def _may(by: Asker, at: datetime) -> bool:
    """Whether it is worth storing the sender's bytes at all; decided, and recorded, in the act."""
    if by.kind == ActorKind.PERSON:
        return (
            by.user is not None and not by.user.organisation and Ability.MANAGE_HOT_LISTS in abilities_of(by.user, at)
        )
    return by.kind in (ActorKind.DEVICE, ActorKind.SYSTEM)


def _record(import_: HotListImport, *, too_large: bool, by: Asker, at: datetime) -> None:
    query = {"file": import_.sha256, "layout": import_.layout}
    with ledger.act(Action.IMPORT_START, by=by, at=at, purpose=PURPOSE, query=query) as record:
        record.about("hot_list", import_.hot_list_id)
        profile = record.profile or policy.in_force(at)
        if by.kind == ActorKind.PERSON:
            _admit(by, at)
        elif by.kind not in (ActorKind.DEVICE, ActorKind.SYSTEM):
            raise Refused(rules.SENDER.refuse("Files of hot lists are not taken from anyone.", profile=profile.stamp))
        # The lock lets one of two who hand in the same file at once see the other's.
        hot_list = HotList.objects.select_for_update(of=("self",), no_key=True).get(pk=import_.hot_list_id)
        _require(import_, hot_list, too_large=too_large, at=at, stamp=profile.stamp)
        import_.save(force_insert=True)
        record.about("hot_list_import", import_.pk)
        record.detail = {"hot_list": hot_list.pk, "name": import_.name, "bytes": import_.size, "origin": import_.origin}
        if import_.expect_shrink:
            record.detail["expect_shrink"] = True


def _require(import_: HotListImport, hot_list: HotList, *, too_large: bool, at: datetime, stamp: str) -> None:
    if too_large:
        most = f"{settings.HOT_LIST_MOST_BYTES // 1024**2:,} MB"
        raise Refused(rules.TOO_LARGE.refuse(f"The file is larger than {most}.", profile=stamp))
    if import_.layout not in all_layouts():
        raise Refused(rules.NO_LAYOUT.refuse("There is no such layout.", profile=stamp))
    if not HotList.objects.takes_entries(at).filter(pk=hot_list.pk).exists():
        raise Refused(rules.LIST_NOT_OPEN.refuse("This list takes no entries now.", profile=stamp))
    same = HotListImport.objects.filter(hot_list=hot_list, sha256=import_.sha256, status__in=OPEN)
    if same.filter(layout=import_.layout).exists():
        raise Refused(rules.WAITING_ALREADY.refuse("The same file is waiting or being read.", profile=stamp))
