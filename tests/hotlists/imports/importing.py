"""What the tests of imports share: imports without a file, files taken in whole, and what is on a list."""

from typing import Any

from django.db import connection

from hotlists.models import HotList, HotListImport
from tests.make import NOON


def an_import(of: HotList, **fields: Any) -> HotListImport:
    """An import that is being read, without a file."""
    defaults = {
        "layout": "generic_csv", "origin": "upload", "handed_in_at": NOON, "name": "list.csv", "size": 1,
        "sha256": "0" * 64, "status": "running",
    }  # fmt: skip
    return HotListImport.objects.create(hot_list=of, **(defaults | fields))


def listed(number: int) -> list[str]:
    """The plates on an import that is sealed, in the order of their lines."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT plate FROM hotlists_listedplate WHERE import_id = %s ORDER BY line", [number])
        return [plate for (plate,) in cursor.fetchall()]
