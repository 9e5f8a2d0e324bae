"""Work papers of an inspection: the signed report, and a zip with frame, sample, marks and the program to redraw."""

import csv
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from audit import ledger, signing
from audit.actions import Action
from audit.asker import Asker
from audit.models import Finding, InspectedQuery, Inspection
from audit.refusals import Refused
from audit.review import frame_file, people, rules
from audit.review.looks import LOOKERS
from audit.review.report import status
from audit.spreadsheet import cell

PURPOSE = "inspection"
PARTS: Final = {
    "report.pdf": "application/pdf",
    "report.sig": "application/octet-stream",
    "frame.csv.gz": "application/gzip",
    "sample.json": "application/json",
    "papers.zip": "application/zip",
}
OF_THE_DRAW: Final = {"frame.csv.gz", "sample.json"}
# ZIP's first day, so that the same papers give the same bytes.
_THEN = (1980, 1, 1, 0, 0, 0)
REDRAW: Final = Path("audit") / "verifier" / "redraw_sample.py"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A work paper on its way out; ``path`` where it lies in a file, else its bytes."""

    name: str
    content_type: str
    data: bytes = b""
    path: Path | None = None


class NotThere(Exception):
    """The folder of work papers has no such file (any more)."""


def fetch(*, inspection_id: UUID, part: str, by: Asker, at: datetime) -> Fetched:
    """One work paper. Raises Refused, Inspection.DoesNotExist, NotThere, and KeyError for a part that there is not."""
    kind = PARTS[part]
    subject = ("inspection", inspection_id, "")
    with ledger.act(
        Action.INSPECTION_FETCH, by=by, at=at, purpose=PURPOSE, subject=subject, query={"part": part}
    ) as record:
        profile = people.admit_any(by, LOOKERS, at=at)
        inspection = Inspection.objects.select_related("reviewer", "approver").get(pk=inspection_id)
        ready = inspection.drawn_at is not None if part in OF_THE_DRAW else inspection.approved_at is not None
        if refusal := rules.refuse_state(ready, "This paper is not made yet.", profile):
            raise Refused(refusal)
        record.result_count = 1
        record.detail = {"report_sha256": inspection.report_sha256} if part not in OF_THE_DRAW else {}
        name = f"inspection-{inspection.pk}-{part}"
        if part in OF_THE_DRAW:
            return Fetched(name, kind, path=_file(inspection, part))
        if part == "papers.zip":
            return Fetched(name, kind, _zip(inspection))
        data = inspection.report if part == "report.pdf" else inspection.report_signature
        return Fetched(name, kind, bytes(data or b""))


def is_sound(inspection: Inspection) -> bool:
    """Whether the kept report still bears the signature it was given. Raises audit.signing.SigningUnavailable."""
    if not inspection.report or not inspection.report_signature:
        return False
    return signing.verify(bytes(inspection.report), bytes(inspection.report_signature))


def _file(inspection: Inspection, part: str) -> Path:
    path = frame_file.folder() / frame_file.name_of(inspection.pk, part)
    if not path.is_file():
        raise NotThere(part)
    return path


def _zip(inspection: Inspection) -> bytes:
    files: list[tuple[str, bytes]] = [
        ("README.txt", readme(inspection).encode()),
        ("report.pdf", bytes(inspection.report or b"")),
        ("report.sig", bytes(inspection.report_signature or b"")),
        ("public_key.pem", signing.public_key_pem().encode()),
    ]
    if inspection.kind == Inspection.Kind.QUERIES:
        files += [(part, _file(inspection, part).read_bytes()) for part in sorted(OF_THE_DRAW)]
        files.append(("marks.csv", _marks(inspection)))
        files.append(("findings.csv", _findings(inspection)))
        files.append((REDRAW.name, (Path(settings.BASE_DIR) / REDRAW).read_bytes()))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in files:
            out.writestr(zipfile.ZipInfo(name, _THEN), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _marks(inspection: Inspection) -> bytes:
    """Every query that was looked at: by number, never by plate."""
    rows = InspectedQuery.objects.filter(inspection=inspection).select_related("reviewer").order_by("source", "ref")
    return _csv(
        ("source", "ref", "at", "sampled", "strata", "flags", "mark", "marked_by", "marked_at"),
        (
            (
                row.source,
                row.ref,
                row.at.isoformat(),
                "yes" if row.sampled else "no",
                " ".join(row.strata),
                " ".join(flag["code"] for flag in row.flags),
                row.mark,
                row.reviewer.get_username() if row.reviewer else "",
                row.marked_at.isoformat() if row.marked_at else "",
            )
            for row in rows
        ),
    )


def _findings(inspection: Inspection) -> bytes:
    rows = Finding.objects.filter(inspection=inspection).select_related("query", "commander", "division")
    return _csv(
        ("id", "kind", "source", "ref", "about", "sent_to", "division", "raised_at", "due_at", "how_far"),
        (
            (
                row.pk,
                row.kind,
                row.query.source if row.query else "",
                row.query.ref if row.query else "",
                row.about,
                row.commander.get_username() if row.commander else "",
                str(row.division or ""),
                row.raised_at.isoformat(),
                row.due_at.isoformat(),
                status(row),
            )
            for row in rows.order_by("raised_at", "pk")
        ),
    )


def _csv(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """A table; a cell that a spreadsheet would run is written as text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    for row in rows:
        writer.writerow([cell(str(value)) for value in row])
    return text.getvalue().encode()


def readme(inspection: Inspection) -> str:
    """What is in the zip and how to check it, in plain words."""
    frame = """
frame.csv.gz        Every query of the period: where it was made, its number, its
                    hash and the strata it is in. No plates, no names.
sample.json         The seed, how many were drawn of each stratum, and which.
marks.csv           What was looked at, by number, with its mark.
findings.csv        What was found, to whom it was sent, how far it has come.
redraw_sample.py    Draws the sample again (Python 3.9 or newer, nothing else):

  python3 redraw_sample.py sample.json frame.csv.gz

                    It says whether the same queries come out, and what differs.
"""
    drawn = frame if inspection.kind == Inspection.Kind.QUERIES else ""
    return f"""WORK PAPERS
{settings.AGENCY["name"]}
{inspection.get_kind_display()}, {inspection.pk}

report.pdf          The report, signed by two people of the agency.
report.sig          The agency's signature over its bytes (Ed25519, 64 bytes).
public_key.pem      The key to check it with. Compare it with the one the agency
                    publishes: a key that comes with a paper proves little.
{drawn}
To check the report with openssl 3:

  openssl pkeyutl -verify -pubin -inkey public_key.pem -rawin \\
      -in report.pdf -sigfile report.sig

Findings about people are personnel records (Penal Code 832.7). Keep these papers
as you keep those.
"""
