"""People of the tests of special lists: a second administrator, commanders, a guest of another agency."""

import pytest

from tests import make
from tests.hotlists.special import sharing


@pytest.fixture
def detective(db):
    made = make.user("detective", "detective", classification="detective", badge="2001", employee_number="E77")
    make.assignment(made, make.division())
    return made


@pytest.fixture
def commander(db):
    return sharing.commander()


@pytest.fixture
def rtic_commander(db):
    return sharing.commander("rtic_commander", "Real-Time Information Center")


@pytest.fixture
def guest(db):
    """A dispatcher of another agency."""
    return make.user("guest", "dispatcher", organisation=sharing.AGENCY)


@pytest.fixture
def hot_list(detective, administrator):
    """A special list the detective asked for and the administrator opened."""
    return sharing.opened(detective, administrator)
