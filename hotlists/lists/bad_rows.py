"""The bad rows of a refused file as CSV, to be saved and mended."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from audit import ledger
from audit.actions import Action
from audit.asker import Asker
from audit.spreadsheet import cell
from hotlists.lists import managing
from hotlists.lists.looks import PURPOSE, NoImport, visible_import
from hotlists.models import HotListImport, ImportRejection

_PAGE = 2_000


def rejected_rows(*, import_id: int, by: Asker, at: datetime) -> Iterator[str]:
    """All bad rows of a file as CSV: line, column, why; no text of a row. Raises Refused, NoImport.

    The record is committed before the first line leaves. No cell can be taken for a formula by a spreadsheet.
    """
    subject = ("hot_list_import", import_id, "")
    with ledger.act(Action.IMPORT_VIEW, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        managing.admit(by, at=at)
        found = visible_import(import_id, by, at)
        record.detail = {"bad rows": found.rejected if found else 0}
        record.result_count = found.rejected if found else 0
    if found is None:
        raise NoImport
    return _as_csv(found)


def _as_csv(of: HotListImport) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["line", "column", "why"])
    bad = ImportRejection.objects.filter(of=of).order_by("line", "pk")
    after: ImportRejection | None = None
    while True:
        later = Q(line__gt=after.line) | Q(line=after.line, pk__gt=after.pk) if after else Q()
        page = list(bad.filter(later)[:_PAGE])
        for one in page:
            writer.writerow([one.line, cell(one.column), cell(one.reason)])
        yield out.getvalue()
        out.seek(0)
        out.truncate()
        if len(page) < _PAGE:
            return
        after = page[-1]
