"""From the next version to its approval by another person, a determination, a decision shown again, every clause."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit import policy
from audit.models import LedgerEntry, PolicyDetermination
from tests.audit.policies.changing import ELK_GROVE, SACRAMENTO, approver, manager
from tests.browser.test_pages_are_accessible import findings, inspect, real_complaints
from tests.detections.searching import elk_grove, form_data

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def wide(page):
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_version_is_prepared_proposed_and_approved(page_of):
    page = page_of(manager())
    assert inspect(page, "/policy/") == []
    wide(page)
    page.get_by_role("link", name="Prepare the next version").click()
    page.fill("#version", "2026-12")
    page.get_by_role("button", name="hit (", exact=False).first.click()
    assert page.locator("#version").input_value() == "2026-12"
    page.locator("summary", has_text="hit.fold_within").click()
    number = page.locator("details[open] input[name$='.value']").get_attribute("id")
    page.fill(f"#{number}", "twenty minutes")
    page.fill("#note", "Hits are folded for longer")
    page.get_by_role("button", name="Keep this version").click()
    page.get_by_text("1 thing to put right").wait_for()
    assert page.locator(f"#{number}").input_value() == "twenty minutes"
    assert findings(page, "wrong version") == []
    page.fill(f"#{number}", "PT20M")
    page.get_by_role("button", name="Keep this version").click()
    page.get_by_text("Kept. It changes nothing").wait_for()
    page.get_by_role("link", name="Propose to put it in force").click()
    page.fill("#id_effective_from", (timezone.localtime() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%S"))
    page.fill("#id_note", "As the council adopted it")
    page.get_by_role("button", name="Propose").click()
    page.get_by_text("You proposed this").wait_for()
    address = page.url
    deciding = page_of(approver())
    assert inspect(deciding, address) == []
    wide(deciding)
    assert deciding.get_by_text("PT10M", exact=True).count() == 1
    deciding.get_by_role("button", name="Approve").click()
    deciding.get_by_role("dialog").get_by_role("button", name="Approve").click()
    deciding.get_by_text("Approved by").wait_for()
    assert policy.in_force(timezone.now() + timedelta(days=3)).stamp == "sacpd_525_08@2026-12"
    page.goto("/policy/")
    page.get_by_text("comes next").wait_for()
    # The version that was wrong was answered so on purpose.
    wrong = "Failed to load resource: the server responded with a status of 400 (Bad Request)"
    assert (real_complaints(page), real_complaints(deciding)) == ([wrong], [])


def test_a_contradiction_is_answered_by_a_signed_paper(page_of):
    elk_grove()
    page = page_of(manager())
    assert inspect(page, "/policy/") == []
    wide(page)
    page.get_by_role("link", name="File the determination").click()
    assert findings(page, "determination") == []
    page.locator("label", has_text="P1Y").click()
    page.fill("#id_reasoning", "The adopted policy stands above the page")
    page.fill("#id_signed_by", "A. Attorney, City Attorney")
    page.fill("#id_signed_on", "2026-01-05")
    page.fill("#id_reference", "CA-2026-7")
    page.get_by_role("button", name="File it").click()
    page.get_by_text("A signed determination is on file").wait_for()
    assert PolicyDetermination.objects.get().chosen == "P1Y"
    assert real_complaints(page) == []


def test_every_page_of_the_policy_is_fit_for_all(page_of, detective):
    page = page_of(detective)
    paths = ["/policy/orders/", f"/policy/differences/?from={SACRAMENTO}&to={ELK_GROVE}", "/compliance/"]
    assert [wrong for path in [*paths, f"/policy/versions/{ELK_GROVE}/"] for wrong in inspect(page, path)] == []
    page = page_of(manager())
    paths = [f"/policy/versions/{SACRAMENTO}/{end}/" for end in ("next", "next/text", "propose")]
    assert [wrong for path in paths for wrong in inspect(page, path)] == []
    assert real_complaints(page) == []


def test_an_auditor_sees_a_decision_again(page_of, auditor, untrained, signed_in):
    signed_in(untrained).post("/search/", form_data())
    index = LedgerEntry.objects.filter(action="search.run", outcome="refused").latest("index").pk
    page = page_of(auditor)
    assert inspect(page, f"/ledger/{index}/decision/") == []
    assert page.get_by_text("same decision").count() == 1
    assert real_complaints(page) == []
