"""Rows in partitions, without a file."""

from hotlists.imports import store
from hotlists.imports.store import ListedRow
from hotlists.models import HotListImport


def filled(import_: HotListImport, count: int) -> HotListImport:
    """The import with so many rows, sealed."""
    store.open(import_.pk)
    store.copy_rows(import_.pk, (ListedRow(number + 2, f"0{number:06d}") for number in range(count)))
    store.seal(import_.pk)
    return import_
