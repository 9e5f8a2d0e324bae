"""What must never be true of a production installation stops the deploy check."""

import pytest

from alpr_site import checks


def test_one_time_links_stop_the_deploy_check(settings):
    settings.QUICK_LINKS_ENABLED = True
    assert [found.id for found in checks.quick_links_are_off()] == ["alpr_site.E001"]
    settings.QUICK_LINKS_ENABLED = False
    assert checks.quick_links_are_off() == []


@pytest.mark.parametrize(("folder", "found"), [("own", ["alpr_site.E002"]), ("db.agency.example", [])])
def test_the_quick_starts_own_database_stops_the_deploy_check(settings, monkeypatch, folder, found):
    host = str(settings.STATE_DIR / "servers") if folder == "own" else folder
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", host)
    assert [error.id for error in checks.databases_are_not_the_embedded_ones()] == found
