"""The live desk in a real browser: cards come and change in place, hands and focus are left where they are."""

import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm
from playwright.sync_api import Page, expect, sync_playwright

from detections.hits import outbox, steps
from detections.live import wake_ups
from detections.models import Hit
from tests import chromium, make
from tests.detections import road
from tests.detections.test_hit_browser import end_streams

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("PLATEKEEPER_SCREENSHOTS", "")
LIVE = "Live: new hits appear by themselves"


@pytest.fixture
def desk_of(monkeypatch, live_server, signed_in):
    """``desk_of(user, query="", scripts=True)``: the desk of a person, open and with its line; 1440 pixels wide."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    monkeypatch.setattr(wake_ups, "LOOK_SECONDS", 1)
    complaints = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.FLAGS)

        def open_desk(user, query="", *, scripts=True, **options):
            cookie = {"name": "sessionid", "value": signed_in(user).cookies["sessionid"].value, "url": live_server.url}
            context = browser.new_context(
                base_url=live_server.url,
                viewport={"width": 1440, "height": 900},
                java_script_enabled=scripts,
                **options,
            )
            context.add_cookies([cookie])
            page = context.new_page()
            page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(reverse("detections:hit_desk") + query)
            if scripts:
                expect(page.get_by_text(LIVE)).to_be_visible()
            return page

        yield open_desk
        browser.close()
    end_streams()
    assert [words for words in complaints if "403" not in words] == []


@pytest.fixture
def dana(transactional_db):
    return make.user("dana", "dispatcher", classification="dispatcher", first_name="Dana", last_name="Desk")


@pytest.fixture
def robin(transactional_db):
    return make.user("robin", "dispatcher", classification="dispatcher", first_name="Robin", last_name="Radio")


def post_read(client, key, plate):
    """A read by the device's own door; its hit is found on the way."""
    body = {"client_key": plate, "plate": plate, "state": "CA", "captured_at": timezone.now().isoformat()}
    answer = client.post(
        "/api/v1/reads/", body, content_type="application/json", headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.status_code == 200
    return Hit.objects.get(plate=plate)


def card(page: Page, hit: Hit):
    return page.locator(f'[data-hit="{hit.pk}"]')


def shot(page: Page, name: str) -> None:
    """No serious finding at either width, in light and in dark; a picture of each where asked for."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} scrolls sideways at {width}"
            found = Axe().run(page).response["violations"]
            assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == [], name
            if SHOTS:
                page.screenshot(path=str(Path(SHOTS) / f"{name}-{scheme}-{width}.png"), full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_posted_read_puts_its_card_on_the_desk_and_leaves_the_focus(desk_of, dana, client):
    key = make.device_key(make.camera())
    now = timezone.now()
    for plate in ("0DEM101", "0DEM102"):
        make.hot_plate(plate, at=now)
    first = post_read(client, key, "0DEM101")
    page = desk_of(dana)
    page.evaluate("window.notReloaded = true")
    page.keyboard.press("j")
    expect(card(page, first)).to_have_attribute("aria-current", "true")
    second = post_read(client, key, "0DEM102")
    expect(card(page, second)).to_be_visible(timeout=3000)
    assert page.evaluate("window.notReloaded") is True
    assert page.locator("[data-hit]").first.get_attribute("data-hit") == str(second.pk)
    expect(card(page, first)).to_have_attribute("aria-current", "true")
    expect(card(page, first).locator("[data-hit-open]")).to_be_focused()
    expect(page.locator("[data-count=open]")).to_have_text("2")
    expect(page.locator("[data-count=new]")).to_have_text("2")
    assert not re.search("0DEM", page.url + page.title())
    shot(page, "desk-two-hits")


def test_a_hit_is_taken_by_one_key_and_the_other_desk_is_told_who_has_it(desk_of, dana, robin):
    hit = road.hit(at=timezone.now())
    mine, other = desk_of(dana), desk_of(robin)
    mine.keyboard.press("t")
    expect(card(mine, hit).get_by_text("yours")).to_be_visible()
    assert mine.url.endswith(reverse("detections:hit_desk"))
    expect(mine.locator("[data-count=mine]")).to_have_text("1")
    expect(card(other, hit).get_by_text("Dana Desk has it")).to_be_visible(timeout=4000)
    expect(card(other, hit).get_by_role("button", name="Take it")).to_have_count(0)
    expect(other.locator("[data-count=mine]")).to_have_text("0")


def test_the_chosen_card_stays_on_the_list_of_new_ones_when_another_takes_it(desk_of, dana, robin):
    hit = road.hit(at=timezone.now())
    page = desk_of(robin, "?show=new")
    steps.take_hit(hit_id=hit.pk, by=make.by(dana), at=timezone.now())
    expect(card(page, hit).get_by_text("Dana Desk has it")).to_be_visible(timeout=4000)
    expect(card(page, hit)).to_have_attribute("aria-current", "true")


def test_two_take_at_once_and_one_is_told_who_has_it_on_the_card(desk_of, dana, robin, monkeypatch):
    """The second presses before the first one's step has reached the desk."""
    monkeypatch.setattr(wake_ups, "LOOK_APART_SECONDS", 4)
    hit = road.hit(at=timezone.now())
    page = desk_of(robin)
    page.wait_for_timeout(500)
    steps.take_hit(hit_id=hit.pk, by=make.by(dana), at=timezone.now())
    page.keyboard.press("t")
    expect(card(page, hit).get_by_role("alert")).to_contain_text("Dana Desk has this hit.")
    expect(card(page, hit).get_by_role("alert")).to_contain_text("hit.taken")
    shot(page, "desk-refused")
    expect(card(page, hit).get_by_text("Dana Desk has it")).to_be_visible(timeout=8000)
    expect(card(page, hit).get_by_role("alert")).to_contain_text("Dana Desk has this hit.")


def test_the_chosen_card_stays_under_the_hand_until_it_is_left(desk_of, dana, robin):
    now = timezone.now()
    older, newer = road.hit("0DEM101", at=now, picture=False), road.hit("0DEM102", at=now, picture=False)
    page = desk_of(dana, "?show=new")
    card(page, newer).locator("[data-hit-open]").focus()
    for hit in (older, newer):
        steps.take_hit(hit_id=hit.pk, by=make.by(robin), at=timezone.now())
    expect(card(page, older)).to_have_count(0, timeout=4000)
    expect(card(page, newer)).to_have_attribute("data-status", "taken", timeout=4000)
    expect(card(page, newer).locator("[data-hit-open]")).to_be_focused()
    third = road.hit("0DEM103", at=now, picture=False)
    outbox.announce(third, outbox.NEW, at=now)
    expect(card(page, third)).to_be_visible(timeout=4000)
    card(page, third).locator("[data-hit-open]").focus()
    expect(card(page, newer)).to_have_count(0)


@pytest.mark.parametrize("query", ["?camera=CAM-02", "?category=stolen_plate", "?show=mine", "?show=closed"])
def test_a_filter_keeps_cards_out_that_do_not_belong_and_numbers_go_on(query, desk_of, dana):
    page, now = desk_of(dana, query), timezone.now()
    hit = road.hit(at=now, picture=False)
    outbox.announce(hit, outbox.NEW, at=now)
    expect(page.locator("[data-count=new]")).to_have_text("1", timeout=4000)
    assert page.locator("[data-hit]").count() == 0


def test_a_filter_lets_its_own_cards_in(desk_of, dana):
    make.camera()
    listed = make.hot_list().pk
    page, now = desk_of(dana, f"?show=new&camera=CAM-01&category=stolen_vehicle&hot_list={listed}"), timezone.now()
    hit = road.hit(at=now, picture=False)
    outbox.announce(hit, outbox.NEW, at=now)
    expect(card(page, hit)).to_be_visible(timeout=4000)
    shot(page, "desk-filtered")


def test_hits_of_special_lists_have_their_own_tab_and_banner(desk_of, dana):
    special = make.hot_list("Narcotics", kind="special")
    assign_perm("hotlists.see_hits", dana, special)
    open_tab, own_tab, now = desk_of(dana), desk_of(dana, "?show=information"), timezone.now()
    hit = road.hit(hot_plate=make.hot_plate(at=now, hot_list=special), at=now, picture=False)
    outbox.announce(hit, outbox.NEW, at=now)
    expect(card(own_tab, hit)).to_be_visible(timeout=4000)
    expect(own_tab.get_by_text("Information only (I.1).")).to_be_visible()
    expect(open_tab.locator("[data-count=information]")).to_have_text("1", timeout=4000)
    assert open_tab.locator("[data-hit]").count() == 0
    shot(own_tab, "desk-information")


def test_a_card_says_how_often_it_was_seen_and_that_it_was_escalated(desk_of, dana):
    now = timezone.now()
    hit = road.hit(at=now, picture=False)
    page = desk_of(dana)
    page.evaluate("document.addEventListener('desk:sound', (event) => { window.sounded = event.detail; })")
    Hit.objects.filter(pk=hit.pk).update(repeats=2, last_seen_at=now, escalated_at=now)
    outbox.announce(hit, outbox.CHANGED, at=now)
    expect(card(page, hit).get_by_text("Seen 3 times, last")).to_be_visible(timeout=4000)
    expect(card(page, hit).get_by_text("Escalated")).to_be_visible()
    assert page.evaluate("window.sounded") == "escalation"
    shot(page, "desk-escalated")


def test_markup_in_a_reason_stays_text(desk_of, dana):
    page, now = desk_of(dana), timezone.now()
    entry = make.hot_plate(at=now, reason='<img src=x onerror="window.broken=1"><b>stolen</b>')
    hit = road.hit(at=now, hot_plate=entry, picture=False)
    outbox.announce(hit, outbox.NEW, at=now)
    expect(card(page, hit)).to_contain_text("<b>stolen</b>", timeout=4000)
    assert page.evaluate("window.broken") is None


def test_without_scripts_the_desk_is_a_page_with_links_and_forms(desk_of, dana):
    hit = road.hit(at=timezone.now(), picture=False)
    page = desk_of(dana, scripts=False)
    expect(card(page, hit)).to_be_visible()
    expect(page.get_by_text("Sound is off")).to_be_hidden()
    page.get_by_role("link", name="Look again").click()
    expect(card(page, hit)).to_be_visible()
    page.locator("summary").get_by_text("Filter").click()
    page.get_by_label("Camera").select_option("CAM-01")
    page.get_by_role("button", name="Filter").click()
    assert "camera=CAM-01" in page.url
    card(page, hit).get_by_role("button", name="Take it").click()
    assert Hit.objects.get(pk=hit.pk).taken_by == dana


def test_where_the_line_breaks_the_page_looks_again_and_says_so(desk_of, dana):
    page = desk_of(dana)
    hit = road.hit(at=timezone.now(), picture=False)
    page.context.set_offline(True)
    expect(page.get_by_text("This computer is offline")).to_be_visible()
    page.context.set_offline(False)
    expect(card(page, hit)).to_be_visible(timeout=5000)
    expect(page.get_by_text(LIVE)).to_be_visible(timeout=20000)
