"""What the tests of cameras share."""

import pytest

from audit.models import LedgerEntry
from cameras.models import Site


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.create(name="J Street at 9th", latitude=38.58, longitude=-121.49, kind="intersection")


@pytest.fixture
def last_record():
    """A function giving the newest ledger entry."""
    return lambda: LedgerEntry.objects.order_by("-index").first()
