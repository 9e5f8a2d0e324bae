"""One person prepares a publication, another publishes it, a visitor reads it: in a real browser."""

import os
from datetime import date
from pathlib import Path

import pytest
from django.utils import timezone

from registry.models import PartnerAgency, Sharing
from registry.publishing.periods import last_closed, month_before
from tests import make
from tests.browser.test_pages_are_accessible import findings, inspect, real_complaints
from tests.registry.publishing.months import counted, designated

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Where pictures of the pages go, for people to look at; nowhere unless named.
PICTURES = os.environ.get("PLATEKEEPER_PICTURES", "")


def picture(page, name: str) -> None:
    if PICTURES:
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(300)
            page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1440, "height": 900})


def first_of(months: int) -> date:
    month = last_closed(timezone.now())
    for _ in range(months - 1):
        month = month_before(month)
    return month


@pytest.fixture
def ready(clerk) -> None:
    """Eight counted months up to the last closed one, people and an agency in each direction."""
    counted(first=first_of(8), months=8, at=timezone.now(), packages=[12, 12, 3, 12, 20, 12, 15, 12])
    designated()
    for name, legal_class, direction in (
        ("Riverbend Police Department", "ca_law", "has_access"),
        ("Eastgate Auto Mall", "private", "shares"),
    ):
        agency = PartnerAgency.objects.create(name=name, legal_class=legal_class)
        Sharing.objects.create(agency=agency, direction=direction, starts_at=make.LONG_AGO)


def test_two_people_publish_and_a_visitor_reads(page_of, clerk, ready):
    page = page_of(clerk)
    assert inspect(page, "/transparency/publications/") == []
    picture(page, "publications")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Prepare").click()
    page.get_by_text("Another person decides").wait_for()
    assert page.get_by_role("button", name="Publish").count() == 0
    address = page.url
    page = page_of(make.user("custodian", "custodian", trained=False))
    page.goto(address)
    assert findings(page, "publication") == []
    picture(page, "publication")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_text("Published as version 1").wait_for()
    assert inspect(page, "/transparency/") == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/transparency/")
    page.wait_for_function("window.Chart && window.Chart.getChart(document.querySelector('canvas')) !== undefined")
    picture(page, "transparency")
    page.locator("a[href$='definitions/#reads']").click()
    page.wait_for_url("**/transparency/definitions/#reads")
    assert inspect(page, "/transparency/versions/") == []
    picture(page, "versions")
    assert inspect(page, "/transparency/definitions/") == []
    assert inspect(page, "/transparency/versions/1/") == []
    assert real_complaints(page) == []


def test_a_clerk_takes_in_a_pasted_list(page_of, clerk):
    page = page_of(clerk)
    assert inspect(page, "/transparency/agencies/") == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.locator("label", has_text="Shares its reads with us").click()
    page.fill("#id_text", "Millbrae CA\nPD, Eskanos Family LP (CA)\nSouth Bend IN PD")
    page.get_by_role("button", name="Read the list").click()
    page.get_by_text("This line was broken in two").wait_for()
    assert findings(page, "confirm") == []
    picture(page, "confirm-agencies")
    page.get_by_role("button", name="Take it in").click()
    page.get_by_text("3 entries: 3 begun").wait_for()
    picture(page, "agencies")
    assert inspect(page, "/transparency/agencies/") == []
    assert real_complaints(page) == []
