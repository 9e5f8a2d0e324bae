"""The road of a read to court: found, ticked, packed, downloaded, and checked by the program an outsider has."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from detections.evidence import build
from detections.evidence.ask import ask_package
from detections.models import EvidencePackage
from tests import make
from tests.detections.evidence import packing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Where the pages are kept as pictures, for a person to look at.
SHOTS = os.environ.get("PLATEKEEPER_SHOTS", "")


@pytest.fixture
def search(detective):
    now = timezone.now()
    make.camera(approver=detective)
    packing.read_with_photo(at=now - timedelta(hours=1))
    make.detection(at=now - timedelta(hours=2))
    return packing.search_of(detective, at=now)


def held_to(page, name: str) -> None:
    """No serious finding of axe at 1440, no sideways scroll at 390."""
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page).response["violations"]
        serious = [rule for rule in found if rule["impact"] in ("serious", "critical")]
        assert serious == [], f"{name} at {width}"
    page.set_viewport_size({"width": 1440, "height": 900})


def test_from_a_search_to_a_verified_file(page_of, search, detective, tmp_path):
    page = page_of(detective)
    page.goto(f"/search/{search.pk}/")
    for number in (1, 2):
        page.locator(f"#choose-{number}").press("Space")
    page.get_by_role("button", name="Make an evidence package").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Package 2 reads as evidence"
    held_to(page, "evidence-new")
    page.get_by_label("Who gets it?").fill("District Attorney, Ms Ray")
    page.get_by_role("button", name="Make the package").click()
    page.get_by_role("button", name="Download").wait_for()
    held_to(page, "evidence-detail")
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Download").click()
    path = tmp_path / fetched.value.suggested_filename
    fetched.value.save_as(path)
    code, said = packing.verify(path)
    assert code == 0, said
    page.reload()
    assert "Downloaded 1 time" in page.locator("main").inner_text()
    page.goto("/evidence/")
    assert page.get_by_role("link", name="26-123456").count() == 1
    held_to(page, "evidence-list")
    assert [line for line in page.complaints if "axe" not in line and "inline style" not in line] == []


def test_the_page_of_a_package_in_the_making_goes_on_by_itself(page_of, search, detective):
    now = timezone.now()
    asked = ask_package(by=make.by(detective), at=now, refs=[make.detection(at=now).ref], look=packing.LOOK)
    page = page_of(detective)
    page.goto(f"/evidence/{asked.pk}/")
    assert page.get_by_text("Waiting for the worker").count() == 1
    held_to(page, "evidence-waiting")
    build.build_package(package_id=asked.pk, at=now)
    page.get_by_role("button", name="Download").wait_for(timeout=15_000)


def test_a_refused_and_a_failed_package_say_why(page_of, detective):
    now = timezone.now()
    make.camera(approver=detective)
    make.detection(at=now - timedelta(hours=1))
    search = packing.search_of(detective, at=now, case_number="")
    page = page_of(detective)
    page.goto(f"/search/{search.pk}/")
    page.locator("#choose-1").press("Space")
    page.get_by_role("button", name="Make an evidence package").click()
    page.get_by_role("button", name="Try without a case number").click()
    assert "evidence.case" in page.locator("main").inner_text()
    held_to(page, "evidence-refused")
    failed = ask_package(by=make.by(detective), at=now, refs=[make.detection(at=now).ref], look=packing.LOOK)
    EvidencePackage.objects.filter(pk=failed.pk).update(status="failed", problem="1 of the 1 chosen reads is gone.")
    page.goto(f"/evidence/{failed.pk}/")
    assert "could not be made" in page.locator("main").inner_text()
    held_to(page, "evidence-failed")
