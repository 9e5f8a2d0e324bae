"""The two changes of a log's identity, each a record of the log itself: the year's end, and another key.

After the year's end the same tree goes on under the next year's name. A new key is vouched for by the old one: both
sign one statement, and who follows the log takes the new key because of it.
"""

import base64
import contextlib
import os
from datetime import datetime
from pathlib import Path

from django.db import transaction

from audit import ledger
from audit.actions import Action
from audit.asker import Asker
from audit.log import checkpoints, keys, proofs
from audit.models import Checkpoint, LogKey, LogOrigin
from audit.verify import head

PURPOSE = "keeping of the log"


class CannotChange(Exception):
    """Why the log's name or key was not changed; nothing was done."""


def freeze(next_origin: str, *, by: Asker, at: datetime) -> tuple[Checkpoint, LogOrigin]:
    """Close the log's name and open the next one over the same tree. The last checkpoint of the old covers the record.

    Raises CannotChange, WillNotSign, SigningUnavailable.
    """
    with checkpoints.locked():
        return _freeze(next_origin, by, at)


def _freeze(next_origin: str, by: Asker, at: datetime) -> tuple[Checkpoint, LogOrigin]:
    checkpoints.make(at)  # nothing is closed that could not be signed
    old = keys.origin(at)
    if LogOrigin.objects.filter(origin=next_origin).exists():
        raise CannotChange(f"The log already has the name {next_origin}.")
    with transaction.atomic():
        before = head()
        facts = {"origin": old.origin, "next_origin": next_origin, "size": before.size, "root": before.root}
        index = ledger.append_in_transaction(Action.LOG_FREEZE, by=by, at=at, purpose=PURPOSE, query=facts)
        opened = LogOrigin.objects.create(origin=next_origin, since_size=index + 1, opened_at=at, record_index=index)
    last = _sign_under(old.origin, index + 1, at)
    checkpoints.make(at)
    return last, opened


def _sign_under(origin: str, size: int, at: datetime) -> Checkpoint:
    """A checkpoint at exactly this size under one of the log's names."""
    with transaction.atomic():
        root = proofs.root(size)
        if words := checkpoints.contradiction(size, root):
            raise CannotChange(words)
        made = checkpoints.sign(size, root, origin, at)
    return made or Checkpoint.objects.get(origin=origin, size=size)


def rotate_key(new_file: Path, key_file: Path, *, by: Asker, at: datetime) -> LogKey:
    """Change the log's key to the one in ``new_file``, and put that in the old one's place.

    Safe to say again after a crash: what is on record already is only finished. Raises CannotChange, OSError,
    SigningUnavailable.
    """
    with checkpoints.locked():
        return _rotate(new_file, key_file, by, at)


def _rotate(new_file: Path, key_file: Path, by: Asker, at: datetime) -> LogKey:
    new = keys.load(str(new_file))
    name = keys.name_of(new.public_key().public_bytes_raw())
    latest = LogKey.objects.order_by("since_size", "pk").last()
    if latest is None or latest.key_id != name:
        if LogKey.objects.filter(key_id=name).exists():
            raise CannotChange("This key was the log's before; make a new one.")
        checkpoints.make(at)
        latest = _record(new_file, at, by)
    old_name = keys.name_of(keys.load(str(key_file)).public_key().public_bytes_raw())
    if old_name != name:
        with contextlib.suppress(FileExistsError):
            os.link(key_file, key_file.with_name(f"{key_file.name}.until-{old_name}"))
        os.replace(new_file, key_file)
    checkpoints.make(at)
    return latest


def _record(new_file: Path, at: datetime, by: Asker) -> LogKey:
    """The record of the change and the key's row, in one transaction."""
    old_row, old = keys.current(at)
    new = keys.load(str(new_file))
    with transaction.atomic():
        size = head().size
        statement = keys.statement(size, old.public_key(), new.public_key())
        data = statement.encode()
        facts = {"old_key": old_row.key_id, "new_key": keys.name_of(new.public_key().public_bytes_raw())}
        facts |= {"statement": statement, "old_signature": base64.b64encode(old.sign(data)).decode()}
        facts |= {"new_signature": base64.b64encode(new.sign(data)).decode()}
        index = ledger.append_in_transaction(Action.LOG_ROTATE_KEY, by=by, at=at, purpose=PURPOSE, detail=facts)
        return LogKey.objects.create(
            **keys.row_of(new, since_size=index + 1, at=at),
            vouched_by=old_row,
            statement=statement,
            old_signature=old.sign(data),
            new_signature=new.sign(data),
            record_index=index,
        )
