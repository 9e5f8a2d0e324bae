"""From an entry to a stop, in real browsers: a detective, a camera, a dispatcher at the live desk, an officer."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from audit.models import LedgerEntry
from detections.live import wake_ups
from detections.models import Hit
from hotlists.models import HotPlate
from tests import make
from tests.browser.test_pages_are_accessible import real_complaints
from tests.detections import road

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PLATE = "0DEM123"


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a wake-up is lost, the feed looks by itself within a second."""
    monkeypatch.setattr(wake_ups, "LOOK_SECONDS", 1)


def post_picture(camera: Page, key: str, plate: str) -> int:
    """A camera's read with its picture, by the API and its key; the status."""
    fields = {"client_key": "journey-1", "captured_at": timezone.now().isoformat(), "plate": plate, "state": "CA"}
    picture = {"name": "frame.jpg", "mimeType": "image/jpeg", "buffer": road.jpeg(plate)}
    headers = {"Authorization": f"Bearer {key}"}
    answer = camera.request.post("/api/v1/reads/photo/", multipart=fields | {"photo": picture}, headers=headers)
    return answer.status


def enter(page: Page) -> None:
    """The detective enters the plate, and may look back."""
    page.goto("/hot-plates/enter/")
    page.get_by_label("Plate", exact=False).first.fill(PLATE)
    page.get_by_label("Looked for as").select_option("stolen_vehicle")
    page.get_by_label("Vehicle", exact=True).or_(page.locator("#id_vehicle_description")).first.fill(
        "white Toyota Camry"
    )
    page.locator("#id_case_number").fill("26-123456")
    page.locator("#id_reason").fill("Stolen from the Elm Street garage last night")
    word = page.locator("label[for=id_attested]")
    if word.count():
        word.click()
    page.locator("main form button[type=submit]").last.click()
    expect(page.get_by_role("heading", name="Hot plate entered")).to_be_visible()


def test_from_the_entry_to_the_stop(page_of, detective, dispatcher, officer):
    camera = make.camera(approver=detective)
    make.hot_list()
    key = make.device_key(camera)
    desk = page_of(dispatcher)
    desk.goto("/hits/")
    expect(desk.get_by_text("Live: new hits appear by themselves")).to_be_visible()
    expect(desk.locator("[data-hit]")).to_have_count(0)
    enter(page_of(detective))
    assert HotPlate.objects.get().plate == PLATE

    assert post_picture(page_of(), key, PLATE) in (200, 201, 202)
    card = desk.locator("[data-hit]")
    expect(card).to_have_count(1, timeout=8000)  # by itself: nobody has touched this page
    hit = Hit.objects.get()
    desk.keyboard.press("t")
    expect(card.get_by_text("yours")).to_be_visible()
    desk.keyboard.press("v")
    expect(desk.get_by_role("heading", name="Now: Check by eye")).to_be_visible()
    expect(desk.locator("figure.photo img")).to_have_js_property("complete", True)
    expect(desk.get_by_text("character by character")).to_be_visible()
    desk.locator("label[for=check_result_0]").click()
    desk.get_by_role("button", name="Enter the check").click()
    expect(desk.get_by_role("heading", name="Now: Verify by CLETS and NCIC")).to_be_visible()

    mdc = page_of(officer, width=390)
    mdc.goto(f"/hits/{hit.pk}/")
    mdc.get_by_text("Verify by CLETS and NCIC").click()
    expect(mdc.get_by_text("Tell the dispatcher of this hit.")).to_be_visible()
    for system in ("clets", "ncic"):
        mdc.locator(f"label[for=verify_{system}_0]").click()
    mdc.get_by_role("button", name="Enter the results").click()
    expect(mdc.get_by_text("Only the dispatcher may verify a hit.")).to_be_visible()
    expect(mdc.locator(".refusal")).to_contain_text("D.5.b")
    expect(mdc.locator(".refusal")).to_contain_text("Notify the dispatcher")
    assert mdc.evaluate("document.documentElement.scrollWidth") <= 390

    for system in ("clets", "ncic"):
        desk.locator(f"label[for=verify_{system}_0]").click()
    desk.get_by_role("button", name="Enter the results").click()
    expect(desk.get_by_text("The verification is on record.")).to_be_visible()
    for label, words in {
        "Call for service number": "26-000777",
        "Incident type code": "10851",
        "Vehicle description": "white Toyota Camry",
        "Direction of travel": "north on 9th Street",
    }.items():
        desk.get_by_label(label).fill(words)
    desk.get_by_role("button", name="Enter the broadcast").click()
    expect(desk.get_by_text("The broadcast is on record.")).to_be_visible()

    desk.locator("label[for=close_disposition_0]").click()
    desk.get_by_role("button", name="Close the hit").click()
    expect(desk.locator(".refusal")).to_contain_text("hit.independent_basis")
    expect(desk.locator(".refusal")).to_contain_text("D.4")
    desk.locator("label[for=close_disposition_0]").click()
    desk.get_by_label("Independent basis").fill(road.BASIS)
    desk.get_by_role("button", name="Close the hit").click()
    expect(desk.get_by_text(re.compile("This hit is closed"))).to_be_visible()
    expect(desk.get_by_text("Hit to closed")).to_be_visible()

    hit.refresh_from_db()
    assert (hit.disposition, hit.independent_basis, hit.verified_by) == ("stop", road.BASIS, dispatcher)
    assert hit.closed_at - hit.created_at < timedelta(minutes=5)
    acts = list(LedgerEntry.objects.about("hit", str(hit.pk)).order_by("index").values_list("action", "outcome"))
    assert ("hit.verify", "refused") in acts
    assert ("hit.dispose", "refused") in acts
    assert acts[-2:] == [("hit.dispose", "allowed"), ("hit.view", "allowed")]
    assert real_complaints(desk) == []
