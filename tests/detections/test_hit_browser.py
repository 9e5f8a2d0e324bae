"""The desk in a real browser: a hit appears by itself, keys work, every page is free of serious axe findings."""

import os
import re
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect, sync_playwright

from detections.hits import outbox
from detections.live import wake_ups
from detections.live.feed import feed
from detections.live.line import keep_while
from detections.models import Hit
from tests import chromium, make
from tests.detections import road

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Where to leave pictures of the pages for people to look at; none are made without it.
SHOTS = os.environ.get("PLATEKEEPER_SCREENSHOTS", "")


@pytest.fixture
def window(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    monkeypatch.setattr(wake_ups, "LOOK_SECONDS", 1)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.FLAGS)
        yield started
        started.close()


@pytest.fixture
def desk(window, live_server, signed_in):
    """The desk of a dispatcher, open in a window of 1440 pixels; complaints of the page's policy fail the test."""
    dispatcher = make.user("dispatcher", "dispatcher", classification="dispatcher", first_name="Dana", last_name="Desk")
    client = signed_in(dispatcher)
    context = window.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(reverse("detections:hit_desk"))
    yield page
    context.close()
    end_streams()
    assert [words for words in complaints if "Content Security" in words] == []


def end_streams() -> None:
    """Let the live lines of closed pages end, so that none outlives the test's database."""
    keep_while(lambda: False)
    until = time.monotonic() + 20
    while not feed.is_idle and time.monotonic() < until:
        time.sleep(0.1)
    keep_while(lambda: True)


def judge(page: Page, name: str) -> None:
    """No serious finding at either width; a picture of each where asked for."""
    for width, height in ((1440, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} scrolls sideways at {width}"
        found = Axe().run(page).response["violations"]
        serious = [
            f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in ("serious", "critical")
        ]
        assert serious == [], name
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"), full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_hit_appears_by_itself_and_is_walked_by_keyboard(desk):
    expect(desk.get_by_text("Live: new hits appear by themselves")).to_be_visible()
    expect(desk.get_by_text("No open hits")).to_be_visible()
    judge(desk, "hit-desk-empty")
    now = timezone.now()
    entry = make.hot_plate(at=now, vehicle_description="black Honda Civic")
    hit = road.hit(at=now, hot_plate=entry)
    for made in (hit, road.hit("0DEM777", at=now, picture=False)):
        outbox.announce(made, outbox.NEW, at=now)
    expect(desk.locator("[data-hit]")).to_have_count(2, timeout=5000)
    judge(desk, "hit-desk")
    desk.keyboard.press("j")
    desk.keyboard.press("k")
    card = desk.locator(f'[data-hit="{hit.pk}"]')
    card.locator("[data-hit-open]").focus()
    desk.keyboard.press("t")
    expect(card).to_have_attribute("data-status", "taken")
    expect(card.get_by_text("yours")).to_be_visible()
    assert desk.url.endswith(reverse("detections:hit_desk"))
    desk.keyboard.press("v")
    expect(desk.locator("figure.photo img")).to_have_js_property("complete", True)
    judge(desk, "hit-taken")
    desk.locator("label[for=check_result_0]").click()
    desk.get_by_role("button", name="Enter the check").click()
    expect(desk.get_by_text("Your check by eye is on record.")).to_be_visible()
    for system in ("clets", "ncic"):
        desk.locator(f"label[for=verify_{system}_0]").click()
    desk.get_by_role("button", name="Enter the results").click()
    expect(desk.get_by_text("The verification is on record.")).to_be_visible()
    desk.keyboard.press("o")
    desk.locator("label[for=close_disposition_0]").click()
    desk.get_by_label("Independent basis").fill("stolen vehicle hit")
    desk.get_by_role("button", name="Close the hit").click()
    expect(desk.get_by_text("hit.call_missing")).to_be_visible()
    expect(desk.get_by_label("Independent basis")).to_have_value("stolen vehicle hit")
    judge(desk, "hit-refused")
    for name, words in {
        "Call for service number": "26-000777",
        "Incident type code": "10851",
        "Vehicle description": "white Toyota Camry",
        "Direction of travel": "north on 9th Street",
    }.items():
        desk.get_by_label(name).fill(words)
    desk.get_by_role("button", name="Enter the broadcast").click()
    expect(desk.get_by_text("The vehicle seen is not the one entered").first).to_be_visible()
    desk.locator("label[for=close_disposition_0]").click()
    desk.get_by_label("Independent basis").fill(road.BASIS)
    desk.get_by_role("button", name="Close the hit").click()
    expect(desk.get_by_text(re.compile("This hit is closed"))).to_be_visible()
    judge(desk, "hit-closed")
    assert Hit.objects.get(pk=hit.pk).disposition == "stop"


def test_photographs_are_read_by_eye(desk):
    now = timezone.now()
    photo = road.photo(
        at=now,
        status="unreadable",
        note="The reader is not sure of what it saw.",
        readings=[{"text": "0DEM1Z3", "plate": "0DEM1Z3", "confidence": 0.41}],
    )
    road.photo(at=now)
    desk.goto(reverse("detections:unread_photos"))
    judge(desk, "photo-unread")
    desk.get_by_role("link", name=re.compile("Read by eye")).first.click()
    expect(desk.locator("figure.photo img")).to_have_js_property("complete", True)
    judge(desk, "photo-transcribe")
    desk.get_by_label("Plate as you read it").fill("0DEM123")
    desk.get_by_role("button", name="Enter my reading").click()
    expect(desk.get_by_text("Your reading is on record.")).to_be_visible()
    photo.refresh_from_db()
    assert photo.status == "transcribed"
