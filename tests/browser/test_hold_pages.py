"""From ticked reads to a hold, its review and its booking, in a real browser, wide and on a phone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from detections.models import Booking, Hold, HoldReview
from tests import make
from tests.browser.test_pages_are_accessible import findings, inspect, real_complaints
from tests.detections.holding import SHA256, held
from tests.detections.searching import elk_grove

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hold(detective) -> Hold:
    """A hold on three reads, whose review is overdue since two days."""
    now = timezone.now()
    camera = make.camera(approver=detective)
    reads = [make.detection(at=now - timedelta(minutes=minute), seen_by=camera, state="CA") for minute in range(3)]
    placed = held(detective, *reads, at=now, review_on=timezone.localdate() + timedelta(days=30))
    Hold.objects.update(review_on=timezone.localdate() - timedelta(days=2))
    return placed


def test_a_window_is_held_and_the_list_says_so(page_of, detective):
    elk_grove()
    camera = make.camera(approver=detective)
    make.detection(at=timezone.now() - timedelta(hours=1), seen_by=camera)
    page = page_of(detective)
    assert inspect(page, "/holds/window/") == []
    page.set_viewport_size({"width": 1440, "height": 900})
    now = timezone.localtime()
    page.locator("label", has_text="CAM-01").click()
    page.fill("#id_from_at", (now - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M"))
    page.fill("#id_to_at", (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"))
    page.fill("#id_case_number", "26-123456")
    page.locator("label", has_text="Reasonably believed").click()
    page.fill("#id_reason", "Shooting on Elm Street tonight")
    page.get_by_role("button", name="Hold them all").click()
    page.get_by_text("hold.belief").wait_for()
    assert findings(page, "refused window") == []
    page.fill("#id_belief", "Witnesses name a car that passed these cameras")
    page.get_by_role("button", name="Hold them all").click()
    page.get_by_text("1 read is kept").wait_for()
    assert page.url.endswith("/holds/")
    assert real_complaints(page) == []


def test_a_hold_is_reviewed_booked_and_asked_to_be_lifted(page_of, detective, hold):
    page = page_of(detective)
    assert inspect(page, "/holds/") == []
    assert inspect(page, f"/holds/{hold.pk}/") == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.fill("#id_review-words", "The trial begins in May")
    page.get_by_role("button", name="Keep it").click()
    page.get_by_text("Reviewed. The hold goes on.").wait_for()
    page.locator("summary", has_text="Book it into evidence").click()
    page.fill("#id_booking-place", "evidence.com")
    page.fill("#id_booking-number", "E26-0451")
    page.fill("#id_booking-booked_by", "Badge 2001")
    page.fill("#id_booking-sha256", "abc")
    page.get_by_role("button", name="Keep the receipt").click()
    page.get_by_text("hold.booking").wait_for()
    assert findings(page, "refused booking") == []
    page.fill("#id_booking-sha256", SHA256)
    page.get_by_role("button", name="Keep the receipt").click()
    page.get_by_text("Booked. The hold may now be lifted").wait_for()
    page.locator("label", has_text="Booked into evidence").click()
    page.fill("#id_reason", "It lies in the evidence room")
    page.get_by_role("button", name="Ask to lift").click()
    page.get_by_text("You asked, so another person lifts it.").wait_for()
    assert (HoldReview.objects.count(), Booking.objects.count()) == (1, 1)
    assert inspect(page, f"/holds/{hold.pk}/") == []
    assert real_complaints(page) == []


def test_a_second_person_lifts_it_after_a_question(page_of, detective, hold):
    custodian = make.user("custodian", "custodian", trained=False)
    Hold.objects.update(
        lift_requested_by=detective, lift_requested_at=timezone.now(), lift_ground="over", lift_reason="Trial is over"
    )
    page = page_of(custodian)
    page.goto(f"/holds/{hold.pk}/")
    assert "0DEM123" not in page.content()
    assert inspect(page, f"/holds/{hold.pk}/") == []
    page.get_by_role("button", name="Lift it").click()
    page.locator("dialog").get_by_role("button", name="Lift it").click()
    page.get_by_text("Lifted. Its reads follow their ceiling again.").wait_for()
    assert Hold.objects.get().lifted_by == custodian
    assert real_complaints(page) == []
