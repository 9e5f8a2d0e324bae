"""The search as people meet it: by ways, with the map, refused when wide, approved, and its result on the map."""

import time
from datetime import timedelta
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from audit.models import LedgerEntry
from detections.models import Search, SearchApproval
from tests import make
from tests.browser.conftest import session_of
from tests.detections.searching import REASON, camera_at, photo
from tests.detections.test_search_stop import reads_locked, until_running

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORDS = "Read the report of the shooting, memo 12"


@pytest.fixture
def town(detective):
    """Two cameras and some reads of this hour."""
    now = timezone.now()
    here, there = camera_at("HERE", 38.58, -121.49), camera_at("THERE", 38.60, -121.45)
    for minutes, plate, camera in [
        (50, "0DEM123", here),
        (40, "0DEM123", there),
        (30, "0DEM128", here),
        (5, "0DEM123", here),
    ]:
        at = now - timedelta(minutes=minutes)
        with_picture = {"photo": photo(at=at, camera=camera)} if minutes == 5 else {}
        make.detection(plate, at=at, seen_by=camera, latitude=None, longitude=None, **with_picture)


def serious(page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found if rule["impact"] in ("serious", "critical")
    ]


def both_widths_are_sound(page) -> None:
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1440, "height": 900})


def choose(page, way: str) -> None:
    page.get_by_text(way, exact=True).click()


def say_why(page) -> None:
    page.locator("label[for=id_purpose_0]").click()
    page.fill("#id_reason", REASON)
    page.fill("#id_case_number", "26-123456")
    page.locator("label[for=id_attested]").click()


def test_only_the_fields_of_the_way_are_shown(page_of, detective, town):
    page = page_of(detective)
    page.goto("/search/")
    assert page.locator("#id_match").is_visible()
    assert not page.locator("#id_containing").is_visible()
    choose(page, "I know part of the plate")
    assert page.locator("#id_containing").is_visible()
    assert not page.locator("#id_match").is_visible()
    choose(page, "Which plates were at several scenes?")
    assert page.locator("#id_scene2_site").is_visible()
    assert not page.locator("#id_scene3_site").is_visible()
    page.get_by_role("button", name="Add a scene").click()
    assert page.locator("#id_scene3_site").is_visible()
    assert not page.locator("#id_plate").is_visible()
    both_widths_are_sound(page)
    choose(page, "What was near a scene?")
    assert page.locator("#id_area_site").is_visible()
    both_widths_are_sound(page)
    assert page.complaints == []


def test_an_area_is_drawn_on_the_map_and_its_reads_are_on_the_results_map(page_of, detective, town):
    page = page_of(detective)
    page.goto("/search/")
    choose(page, "What was near a scene?")
    drawing = page.locator("#draw-points").locator("xpath=..").locator("[data-map]")
    drawing.scroll_into_view_if_needed()
    page.wait_for_selector("[data-map-state]")
    page.wait_for_function("document.querySelector('[data-draw-words]').textContent.includes('Click')")
    drawing.click(position={"x": 300, "y": 200})
    assert page.input_value("#id_area_latitude").startswith("38.")
    assert page.locator(".map__shape").count() == 1
    page.get_by_role("button", name="Corners").click()
    for x, y in ((100, 50), (500, 50), (500, 330), (100, 330)):
        drawing.click(position={"x": x, "y": y})
    assert page.input_value("#id_area_latitude") == ""
    assert len(page.input_value("#id_area_corners").splitlines()) == 4
    page.get_by_role("button", name="Take back").click()
    assert len(page.input_value("#id_area_corners").splitlines()) == 3
    page.fill("#id_area_corners", "")
    page.fill("#id_area_latitude", "38.58")
    page.fill("#id_area_longitude", "-121.49")
    assert page.locator("circle.map__shape").count() == 1
    page.fill("#id_from_at", timezone.localtime(timezone.now() - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"))
    say_why(page)
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_selector("h1:has-text('3 reads')")
    page.wait_for_selector("[data-map-state]")
    assert page.locator("circle.map__shape").count() == 1
    assert page.locator(".map__marker, .map__number").count() == 1
    looks = LedgerEntry.objects.filter(action="photo.view").count()
    assert looks == 0
    page.locator("[data-picture]").click()
    page.wait_for_selector(".photo-slot :text('Not there'), .photo-slot img")
    both_widths_are_sound(page)
    assert [line for line in page.complaints if "404" not in line] == []


def test_a_wide_search_is_refused_asked_for_approved_and_run(page_of, detective, administrator, town):
    page = page_of(detective)
    page.goto("/search/")
    choose(page, "I know part of the plate")
    page.fill("#id_plate", "0D*")
    say_why(page)
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_selector("text=This search is wide")
    assert page.input_value("#id_plate") == "0D*"
    page.get_by_role("button", name="Ask for approval").click()
    page.wait_for_selector("h2:has-text('Waiting for approval')")
    both_widths_are_sound(page)
    other = page_of(administrator)
    other.goto("/search/approvals/")
    assert other.get_by_text("0D*").is_visible()
    both_widths_are_sound(other)
    other.locator("textarea").fill(WORDS)
    other.get_by_role("button", name="Approve for one search").click()
    other.wait_for_selector("text=Nothing waits")
    page.goto("/search/")
    assert page.get_by_text(WORDS).is_visible()
    page.get_by_role("button", name="Run it").click()
    page.wait_for_selector("h1:has-text('4 reads')")
    assert page.get_by_text(WORDS).is_visible()
    both_widths_are_sound(page)
    assert (Search.objects.count(), SearchApproval.objects.count()) == (1, 1)
    assert [line for line in page.complaints if "403" not in line] == []


# While a page is being left, Playwright waits for the next one: so the click on "Stop" is arranged beforehand.
RUN = """(stops) => {
    document.querySelector("[data-search-go]").click();
    if (stops) setTimeout(() => document.querySelector("[data-search-end]").click(), 700);
    return [...document.querySelectorAll("[data-search-go], [data-search-state]")].map((part) => part.textContent);
}"""


@pytest.mark.parametrize("by_button", [True, False], ids=["button", "closed page"])
def test_a_running_search_is_stopped_by_its_button_or_by_closing_the_page(page_of, detective, town, by_button):
    page = page_of(detective)
    page.goto("/search/")
    page.fill("#id_plate", "0DEM123")
    say_why(page)
    ticket = UUID(page.input_value("[name=ticket]"))
    with reads_locked():
        assert sorted(page.evaluate(RUN, by_button)) == ["Searching for 0 s.", "Searching…"]
        until_running(detective, ticket)
        if not by_button:
            page.close()
        until = time.monotonic() + 4
        while not LedgerEntry.objects.filter(action="search.cancel").exists() and time.monotonic() < until:
            time.sleep(0.05)
        assert LedgerEntry.objects.filter(action="search.cancel").exists()
    if by_button:
        page.wait_for_selector("text=You stopped the search")
        assert page.input_value("#id_plate") == "0DEM123"
    assert not Search.objects.exists()


def test_without_scripts_every_field_is_there_and_the_search_runs(browser, live_server, page_of, detective, town):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": session_of(detective), "url": live_server.url}])
    page = context.new_page()
    page.goto("/search/")
    for field in ("#id_plate", "#id_containing", "#id_within_minutes", "#id_at_least", "#id_from_at"):
        assert page.locator(field).is_visible()
    page.locator("summary", has_text="On the map").click()
    for field in ("#id_area_latitude", "#id_area_corners", "#id_scene6_site"):
        assert page.locator(field).is_visible()
    choose(page, "What was near a scene?")
    page.fill("#id_area_site", "Corner THERE")
    page.fill("#id_from_at", timezone.localtime(timezone.now() - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"))
    say_why(page)
    page.get_by_role("button", name="Search", exact=True).click()
    assert page.locator("h1").inner_text() == "1 read"
    context.close()


def test_a_canvass_begins_with_its_last_hour_and_says_what_needs_approval(page_of, detective, town):
    page = page_of(detective)
    page.goto("/search/")
    week = page.input_value("#id_from_at")
    choose(page, "What was near a scene?")
    hour = page.input_value("#id_from_at")
    assert hour > week
    assert page.get_by_text("for more than 24 hours").is_visible()
    page.fill("#id_from_at", "2026-01-01T00:00")
    choose(page, "I know the plate")
    assert page.input_value("#id_from_at") == "2026-01-01T00:00"
