"""Logs of the product for tests of exports: some records, and an export unpacked."""

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage

from audit import asker, ledger
from audit.actions import Action
from audit.log.export import Wanted, ask_export
from audit.log.export_build import build_export
from audit.models import LedgerExport, User
from tests import make

REASON = "The newspaper asked for a look at our searches"


def records(count: int, *, at: datetime = make.NOON, plate: str = "0EXP123") -> list[int]:
    """So many searches on the ledger; their indexes."""
    found = []
    for number in range(count):
        found.append(
            ledger.note(
                Action.SEARCH_RUN,
                by=asker.system("test"),
                at=at,
                purpose="locate",
                reason=f"Stolen from Elm Street, re\N{COMBINING ACUTE ACCENT}port {number}",
                case_number="26-123456",
                query={"plate": plate},
            )
        )
    return found


def exported(auditor: User, folder: Path, *, at: datetime = make.NOON, **fields: Any) -> tuple[LedgerExport, Path]:
    """An export made and unpacked: its row, and the folder."""
    wanted = Wanted(**({"purpose": "oversight", "reason": REASON, "recipient": "The Daily Page"} | fields))
    export = ask_export(by=make.by(auditor), at=at, wanted=wanted)
    build_export(export_id=export.pk, at=at)
    export.refresh_from_db()
    assert export.status == LedgerExport.Status.READY, export.problem
    with default_storage.open(export.file) as file:
        zipfile.ZipFile(io.BytesIO(file.read())).extractall(folder)
    return export, folder / "ledger-export"


def ledger_lines(folder: Path) -> Iterator[str]:
    """The clear values' lines of an export."""
    yield from (folder / "clear.jsonl").read_text().splitlines()
