"""What the tests of hot plates share: an entry as a person writes it, and the last record of the ledger."""

from datetime import timedelta

import pytest

from audit.models import LedgerEntry
from hotlists.models import HotList
from hotlists.operations import Wanted
from tests import make


@pytest.fixture
def own_list(db: None) -> HotList:
    return make.hot_list()


@pytest.fixture
def special_list(db: None) -> HotList:
    return make.hot_list("Street racing crews", kind=HotList.Kind.SPECIAL)


@pytest.fixture
def wanted(own_list: HotList):
    """A function ``wanted(**changes) -> Wanted``: a right entry, changed where a test says so."""

    def build(**changes) -> Wanted:
        facts = {
            "hot_list_id": own_list.pk,
            "plate": "0DEM123",
            "category": "stolen_vehicle",
            "reason": "Stolen from the Elm Street garage last night",
            "life": timedelta(hours=24),
            "case_number": "26-123456",
        }
        return Wanted(**(facts | changes))

    return build


@pytest.fixture
def last_record():
    """A function giving the newest ledger entry."""
    return lambda: LedgerEntry.objects.order_by("-index").first()
