"""Rows of lists are no model's: what tests with commits left of them is gone before the next one begins."""

import pytest

from hotlists.imports import store


@pytest.fixture(autouse=True)
def no_rows_of_earlier_tests(request: pytest.FixtureRequest) -> None:
    for access in ("transactional_db", "db"):
        if access in request.fixturenames:
            request.getfixturevalue(access)
            for number in store.present():
                store.drop(number)
            return
