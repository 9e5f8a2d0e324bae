"""What the tests of imports share: imports without a file, files taken in whole, and what is on a list."""

import io
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from audit.asker import Asker
from audit.models import LedgerDetail, LedgerEntry, User
from hotlists.imports.hand_in import hand_in
from hotlists.imports.run import take_in
from hotlists.models import HotList, HotListImport
from tests import make
from tests.make import NOON

HEAD = "plate,state,file_type,entry_number,vehicle,reason,entered_on\n"


def an_import(of: HotList, **fields: Any) -> HotListImport:
    """An import that is being read, without a file."""
    defaults = {
        "layout": "generic_csv", "origin": "upload", "handed_in_at": NOON, "name": "list.csv", "size": 1,
        "sha256": "0" * 64, "status": "running",
    }  # fmt: skip
    return HotListImport.objects.create(hot_list=of, **(defaults | fields))


def row(number: int, file_type: str = "VEHICLE") -> str:
    """A line of the generic layout; plates of a test begin with a zero, as none in California does."""
    return f"0{number:06d},CA,{file_type},E{number:07d},White Toyota Camry,Stolen in the night,2026-06-15\n"


def csv(*numbers: int, file_type: str = "VEHICLE") -> bytes:
    return (HEAD + "".join(row(number, file_type) for number in numbers)).encode()


def handed_in(
    content: bytes, of: HotList, by: User | Asker, *, layout: str = "generic_csv", at: datetime = NOON, **facts: Any
) -> HotListImport:
    who = by if isinstance(by, Asker) else make.by(by)
    return hand_in(
        hot_list_id=of.pk, layout=layout, name="list.csv", stream=io.BytesIO(content), origin="upload", by=who, at=at,
        **facts,
    )  # fmt: skip


def taken(content: bytes, of: HotList, by: User | Asker, *, at: datetime = NOON, **facts: Any) -> HotListImport:
    """A file handed in and taken in to its end."""
    done = take_in(handed_in(content, of, by, at=at, **facts).pk, clock(at))
    assert done is not None
    return done


def clock(at: datetime = NOON):
    """A clock that goes on by a millisecond at every look."""
    ticks = iter(range(10**9))
    return lambda: at + timedelta(milliseconds=next(ticks))


def listed(number: int) -> list[str]:
    """The plates on an import that is sealed, in the order of their lines."""
    return [plate for (plate,) in columns(number, "plate")]


def columns(number: int, *names: str) -> list[tuple[Any, ...]]:
    """Some columns of a sealed import's rows, in the order of their lines."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(names)} FROM hotlists_listedplate WHERE import_id = %s ORDER BY line",  # noqa: S608
            [number],
        )
        return cursor.fetchall()


def last_record(action: str) -> tuple[LedgerEntry, LedgerDetail]:
    """The newest record of an act, and its sensitive part."""
    entry = LedgerEntry.objects.filter(action=action).order_by("-index")[0]
    return entry, LedgerDetail.objects.get(entry=entry)
