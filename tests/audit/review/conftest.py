"""Work papers go to a folder of the test's own."""

import pytest


@pytest.fixture
def papers(settings, tmp_path):
    """The folder of work papers."""
    settings.WORK_PAPERS = str(tmp_path / "papers")
    return tmp_path / "papers"
