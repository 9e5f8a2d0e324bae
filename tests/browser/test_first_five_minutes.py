"""The newcomer's five minutes: search, be refused, enter a hot plate, see its hit live, verify it, find it recorded."""

import json
import urllib.request
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from audit.models import LedgerEntry
from audit.verify import verify
from detections.models import Hit
from tests import make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fill_search(page: Page, *, reason: str) -> None:
    page.goto("/search/")
    page.fill("[name=plate]", "0dem 123")
    page.locator("label", has_text="Locate a stolen vehicle").click()
    page.fill("[name=reason]", reason)
    page.fill("[name=case_number]", "26-123456")
    page.locator("label", has_text="This search is not based solely on").click()
    page.get_by_role("button", name="Search", exact=True).click()


def post_read(live_server, key: str, plate: str) -> dict:
    body = {"client_key": f"journey-{plate}", "plate": plate, "state": "CA", "captured_at": timezone.now().isoformat()}
    request = urllib.request.Request(  # noqa: S310 - our own live server
        f"{live_server.url}/api/v1/reads/",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
        return json.load(answer)


def enter_hot_plate(page: Page) -> None:
    page.goto("/hot-plates/enter/")
    page.fill("[name=plate]", "0DEM123")
    page.select_option("[name=category]", "stolen_vehicle")
    page.fill("[name=case_number]", "26-123456")
    page.fill("[name=reason]", "Stolen last night from the Elm Street garage")
    page.select_option("[name=system]", "SVS")
    page.fill("[name=system_entry_number]", "7712345")
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator("main").get_by_text("0DEM123").first).to_be_visible()


def confirm_in_both_systems(page: Page) -> None:
    for system in range(2):
        page.locator("label", has_text="Confirmed: the entry is current").nth(system).click()
    page.get_by_role("button", name="Enter the results").click()


def search_refused_and_run(page: Page) -> None:
    fill_search(page, reason="inv")
    expect(page.get_by_text("does not say what this is for")).to_be_visible()
    assert page.input_value("[name=plate]").upper().replace(" ", "") == "0DEM123"
    assert "0DEM" not in page.url.upper()
    fill_search(page, reason="stolen last night from the Elm Street garage")
    expect(page.locator("main").get_by_text("0DEM123").first).to_be_visible()
    assert "0DEM" not in page.url.upper()


def officer_may_not_verify(page: Page, hit: Hit) -> None:
    page.goto(f"/hits/{hit.pk}/")
    page.get_by_role("button", name="Take this hit").click()
    page.locator("label", has_text="No picture").first.click()
    page.get_by_role("button", name="Enter the check").click()
    confirm_in_both_systems(page)
    expect(page.locator(".refusal").get_by_text("D.5.b")).to_be_visible()


def dispatcher_verifies_and_a_stop_needs_its_basis(page: Page, hit: Hit) -> None:
    """The dispatcher takes over from an officer who may not verify."""
    page.goto(f"/hits/{hit.pk}/")
    page.get_by_role("button", name="Take this hit").click()
    confirm_in_both_systems(page)
    expect(page.locator("h1 + p").get_by_text("Verified")).to_be_visible()
    page.locator("summary", has_text="Outcome").or_(page.locator("summary", has_text="Close")).first.click()
    page.locator("label", has_text="Vehicle stopped").click()
    page.get_by_role("button", name="Close the hit").click()
    expect(page.locator(".refusal")).to_be_visible()


def all_of_it_is_on_record(page: Page) -> None:
    page.goto("/ledger/")
    for words in ("Searched reads", "Entered a hot plate", "Recorded reads", "Took a hit", "Verified a hit"):
        expect(page.locator("table").get_by_text(words).first).to_be_visible()
    refused = LedgerEntry.objects.filter(outcome="refused").values_list("rule_code", flat=True)
    assert {"query.reason_vague", "hit.verifier"} <= set(refused)
    assert verify().sound


def test_the_first_five_minutes(page_of, live_server, detective, officer, dispatcher, auditor):
    camera = make.camera(approver=detective)
    make.hot_list()
    make.detection(at=timezone.now() - timedelta(hours=5), seen_by=camera)
    desk, page, car, book = page_of(dispatcher), page_of(detective), page_of(officer), page_of(auditor)
    desk.goto("/hits/")
    expect(desk.get_by_text("Live: new hits appear by themselves")).to_be_visible()

    page.goto("/")
    expect(page.get_by_role("heading", name="What needs you now")).to_be_visible()
    search_refused_and_run(page)
    enter_hot_plate(page)

    answer = post_read(live_server, make.device_key(camera), "0DEM123")
    assert (answer["status"], answer["hits"]) == ("recorded", 1)
    # No reload: the desk shows it by itself.
    expect(desk.locator(".hit-card", has_text="0DEM123")).to_be_visible(timeout=10_000)

    hit = Hit.objects.get()
    officer_may_not_verify(car, hit)
    dispatcher_verifies_and_a_stop_needs_its_basis(desk, hit)
    hit.refresh_from_db()
    assert (hit.status, hit.verified_by) == (Hit.Status.VERIFIED, dispatcher)
    all_of_it_is_on_record(book)
    # A refusal answers 403, which the browser itself writes to its console; nothing else may stand there.
    for seen in (page, desk, car, book):
        assert [line for line in seen.complaints if "403" not in line] == []
