"""A source with its list and imports, as rows; and one who manages them."""

from datetime import datetime, timedelta
from typing import Any

from hotlists.models import HotList, HotListImport, HotListSource
from tests import make


def source(name: str = "State vehicles", **fields: Any) -> HotListSource:
    """A source that is renewed every hour unless said otherwise."""
    defaults = {"authority": "State Department", "kind": "state", "refresh_minutes": 60, "layout": "generic_csv"}
    return HotListSource.objects.create(name=name, **(defaults | fields))


def hot_list(of: HotListSource, name: str = "Stolen vehicles", **fields: Any) -> HotList:
    return HotList.objects.create(name=name, source=of, near="lookalike", **fields)


def an_import(of: HotList, *, at: datetime = make.NOON, status: str = "live", **fields: Any) -> HotListImport:
    """An import as it stands afterwards; a live one is the list's from ``at``, without rows of its own."""
    fields.setdefault("live_from", at if status in ("live", "superseded") else None)
    defaults = {
        "layout": "generic_csv",
        "origin": "upload",
        "handed_in_at": at - timedelta(minutes=1),
        "name": "list.csv",
        "size": 1000,
        "sha256": "0" * 64,
    }
    made = HotListImport.objects.create(hot_list=of, status=status, **(defaults | fields))
    if status == "live":
        of.live_import = made
        of.save(update_fields=["live_import"])
    return made
