"""Imported lists for the tests of matching: rows in a partition of their own, live or superseded."""

from datetime import datetime, timedelta

from hotlists.imports import store
from hotlists.models import HotList, HotListImport
from tests import make

NOON = make.NOON
HOUR = timedelta(hours=1)


def taken_in(
    hot_list: HotList,
    *rows: store.ListedRow | str,
    since: datetime = NOON - HOUR,
    until: datetime | None = None,
) -> HotListImport:
    """An import of these rows (a text is a plate), live from ``since``; superseded where it ended."""
    made = HotListImport.objects.create(
        hot_list=hot_list,
        layout="generic",
        origin="upload",
        handed_in_at=since,
        name="list.csv",
        size=1,
        sha256="0" * 64,
    )
    store.open(made.pk)
    store.copy_rows(
        made.pk, [store.ListedRow(n, row) if isinstance(row, str) else row for n, row in enumerate(rows, 1)]
    )
    store.seal(made.pk)
    made.status = HotListImport.Status.LIVE if until is None else HotListImport.Status.SUPERSEDED
    made.live_from, made.live_until = since, until
    made.save()
    if until is None:
        HotList.objects.filter(pk=hot_list.pk).update(live_import=made)
    return made


def row(plate: str, line: int = 1, **fields: object) -> store.ListedRow:
    """A row of a list."""
    return store.ListedRow(line, plate, **fields)  # type: ignore[arg-type]
