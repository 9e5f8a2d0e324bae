"""An inspection from its draw to the signed report, in a real browser: reviewer, commander, and a second person."""

import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page

from audit import signing
from audit.models import Finding, InspectedQuery, Inspection, LedgerEntry
from audit.review import marking
from tests import make
from tests.audit.review import past, reviewing
from tests.browser.test_pages_are_accessible import findings, inspect, real_complaints

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WRONG = "The case was closed a year before"


@pytest.fixture
def reviewer():
    return make.user("reviewer", "auditor", trained=False, first_name="Rita", last_name="Reviewer")


@pytest.fixture
def captain():
    return reviewing.commander()


@pytest.fixture
def second():
    return make.user("second", "auditor", trained=False, first_name="Sam", last_name="Second")


@pytest.fixture
def undrawn(detective, settings, tmp_path) -> Inspection:
    """A period that has ended, with three queries and a checkpoint after it."""
    settings.WORK_PAPERS = str(tmp_path / "papers")
    make.assignment(detective, make.division())
    now = timezone.now()
    for number in range(3):
        reviewing.search_record(detective, at=now, plate=f"0DEM12{number}")
    ends = timezone.now()
    waiting = Inspection.objects.create(
        kind="queries", rule="calendar_quarter", starts_at=now - timedelta(days=90), ends_at=ends,
        due_on=timezone.localdate() - timedelta(days=2), opened_at=ends,
    )  # fmt: skip
    reviewing.search_record(detective, at=timezone.now())
    past.checkpoint(timezone.now())
    return waiting


def test_from_the_draw_to_the_report(page_of, reviewer, captain, second, undrawn, tmp_path):
    page = page_of(reviewer)
    path = f"/inspections/{undrawn.pk}/"
    assert inspect(page, "/inspections/") == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("link", name="Inspection of queries", exact=True).first.click()
    page.get_by_role("button", name="Draw the sample").click()
    page.get_by_text("Drawn. The seed stands below").wait_for()
    assert page.get_by_text("0 of 3").count()
    _mark_by_keys(page)
    _answer_and_close(page_of, page, captain)
    assert inspect(page, path) == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.fill("#id_summary", "Three looked at, one out of compliance")
    page.get_by_role("button", name="Sign as reviewer").click()
    page.get_by_text("Signed. Another person approves it.").wait_for()
    assert page.get_by_text("You signed this inspection yourself").count()
    other = page_of(second)
    assert inspect(other, path) == []
    other.set_viewport_size({"width": 1440, "height": 900})
    other.get_by_role("button", name="Approve", exact=True).click()
    other.locator("dialog").get_by_role("button", name="Approve").click()
    other.get_by_text("Approved. The signed report is below.").wait_for()
    _fetch_and_check(other, tmp_path)
    assert inspect(other, path) == []
    assert real_complaints(page) + real_complaints(other) == []


def _mark_by_keys(page: Page) -> None:
    """1 marks and goes on; 3 asks for words first; the last leads back to the inspection."""
    page.keyboard.press("o")
    page.get_by_role("heading", name="Mark").wait_for()
    assert findings(page, "query") == []
    page.keyboard.press("1")
    page.get_by_text("Marked: compliant.").wait_for()
    page.get_by_text("2 of 3").wait_for()
    page.keyboard.press("n")
    page.get_by_text("3 of 3").wait_for()
    page.keyboard.press("p")
    page.get_by_text("2 of 3").wait_for()
    page.keyboard.press("3")
    page.get_by_text("needs at least three words").wait_for()
    page.keyboard.type(WRONG)
    page.get_by_role("button", name="Out of compliance").click()
    page.get_by_text("Marked: out of compliance. Sent to captain.").wait_for()
    page.keyboard.press("1")
    page.get_by_text("3 of 3 marked").wait_for()
    assert sorted(InspectedQuery.objects.values_list("mark", flat=True)) == ["compliant", "compliant", "out"]


def _answer_and_close(page_of, reviewers_page: Page, captain) -> None:
    page, found = page_of(captain), Finding.objects.get()
    assert inspect(page, "/findings/") == []
    assert inspect(page, f"/findings/{found.pk}/") == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.locator("label", has_text="Trained again").click()
    page.fill("#id_answer", "Spoke with the detective and trained them again")
    page.get_by_role("button", name="Answer").click()
    page.get_by_text("Answered. A reviewer looks at it").wait_for()
    assert real_complaints(page) == []
    reviewers_page.goto(f"/findings/{found.pk}/")
    reviewers_page.fill("#id_closing", "The training record is on file")
    reviewers_page.get_by_role("button", name="Close", exact=True).click()
    reviewers_page.get_by_text("Closed.", exact=True).wait_for()
    found.refresh_from_db()
    assert found.closed_at


def _fetch_and_check(page: Page, folder: Path) -> None:
    for link, name in (("PDF", "report.pdf"), ("signature", "report.sig"), ("all work papers (zip)", "papers.zip")):
        with page.expect_download(timeout=30_000) as download:
            page.get_by_role("link", name=link, exact=True).click()
        download.value.save_as(folder / name)
    (folder / "public_key.pem").write_text(signing.public_key_pem())
    command = "openssl pkeyutl -verify -pubin -inkey public_key.pem -rawin -in report.pdf -sigfile report.sig"
    said = subprocess.run(command.split(), cwd=folder, capture_output=True, text=True, timeout=60, check=True)
    assert "Verified Successfully" in said.stdout
    with zipfile.ZipFile(folder / "papers.zip") as packed:
        packed.extractall(folder / "papers")
    redraw = [sys.executable, "-I", "redraw_sample.py", "sample.json", "frame.csv.gz"]
    subprocess.run(redraw, cwd=folder / "papers", capture_output=True, timeout=60, check=True)
    assert LedgerEntry.objects.filter(action="inspection.fetch", outcome="allowed").count() == 3


def test_the_week_is_read_signed_and_approved(page_of, reviewer, second):
    now = timezone.now()
    reviewing.search_record(make.user("someone", "detective"), at=now)
    week = reviewing.week(
        starts_at=now - timedelta(days=7), ends_at=timezone.now(), due_on=timezone.localdate() + timedelta(days=5)
    )
    page, path = page_of(reviewer), f"/inspections/{week.pk}/"
    assert inspect(page, path) == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.fill("#id_summary", "Nothing odd; the alarm was a test")
    page.get_by_role("button", name="Sign as reviewer").click()
    page.get_by_text("Signed. Another person approves it.").wait_for()
    other = page_of(second)
    other.goto(path)
    other.locator("summary", has_text="Give it back").click()
    other.fill("#id_words", "Say what the alarm was")
    other.get_by_role("button", name="Give it back").click()
    other.get_by_text("Given back.").wait_for()
    assert findings(other, path) == []
    assert real_complaints(page) + real_complaints(other) == []


def test_an_overdue_finding_is_red_and_can_be_sent_on(page_of, reviewer, captain, detective):
    make.assignment(detective, make.division())
    query = reviewing.query(reviewing.inspection(), detective)
    marking.mark(query_id=query.pk, to="explain", words=WRONG, by=make.by(reviewer), at=timezone.now())
    Finding.objects.update(due_at=timezone.now() - timedelta(days=2), raised_at=timezone.now() - timedelta(days=16))
    other = reviewing.commander("patrol", of="Patrol")
    page = page_of(reviewer)
    assert inspect(page, "/findings/") == []
    assert page.get_by_text("overdue 2 days").count()
    page.goto(f"/findings/{Finding.objects.get().pk}/")
    page.locator("summary", has_text="Send it to somebody else").click()
    page.select_option("#id_to", label="patrol")
    page.fill("#id_why", "The captain is on leave")
    page.get_by_role("button", name="Send it on").click()
    page.get_by_text("Sent on. Both are told.").wait_for()
    assert Finding.objects.get().commander == other
    connection.close()
    assert real_complaints(page) == []
