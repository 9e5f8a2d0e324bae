"""A hot plate as it stands after a read met a row of an imported list."""

from uuid import uuid4

from hotlists.models import HotList, HotListImport, HotPlate
from tests import make
from tests.make import NOON


def imported(plate: str = "0XMP123", *, at=NOON, hot_list: HotList | None = None, **fields) -> HotPlate:
    """An entry nobody made by hand, live since ``at``."""
    hot_list = hot_list or make.hot_list("Stolen vehicles")
    came = HotListImport.objects.create(
        hot_list=hot_list, layout="generic", origin="upload", handed_in_at=at, name="svs.csv", size=1, sha256="0" * 64,
        status="superseded", live_from=at,
    )  # fmt: skip
    facts = {"plate": plate, "category": "stolen_vehicle", "reason": "On the list of stolen vehicles"}
    return HotPlate.objects.create(
        hot_list=hot_list, imported_from=came, listed_digest=uuid4(), entered_by=None, effective_from=at,
        max_ttl_applies=False, profile="sacpd_525_08@2024-06-13", **(facts | fields),
    )  # fmt: skip
