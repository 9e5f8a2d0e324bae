"""In the browser: a plan is looked at, approved and carried out, its certificate read, a read proved; axe clean."""

import os
from pathlib import Path

import pytest

from audit.models import User
from detections.models import PurgeCertificate
from detections.retention import tasks
from tests import make
from tests.browser.test_pages_are_accessible import inspect, real_complaints
from tests.detections import purging

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def custodian():
    purging.drop_partition()
    purging.partition()
    yield make.user("custodian", "custodian", trained=False)
    purging.drop_partition()


def shoot(page, name: str) -> None:
    """Keep pictures of the page at both widths where PLATEKEEPER_SHOTS names a folder."""
    if folder := os.environ.get("PLATEKEEPER_SHOTS"):
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)


def test_from_the_plan_to_the_certificate(page_of, custodian: User, monkeypatch) -> None:
    monkeypatch.setattr(tasks, "send", lambda name, **values: getattr(tasks, name)(**values) or True)
    cameras = [make.camera(f"ALPR-{number:02d}", approver=custodian) for number in range(4)]
    for number, camera in enumerate(cameras):
        purging.reads(150 + number * 170, seen_by=camera)
    reads = purging.reads(200, seen_by=cameras[0])
    purging.hold(custodian, *reads[:7])
    page = page_of(custodian)
    page.goto("/purges/")
    page.get_by_role("button", name="Plan now").click()
    page.wait_for_url("**/purges/plans/**")
    plan_url = page.url
    shoot(page, "plan")
    assert inspect(page, plan_url) == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(plan_url)
    page.get_by_role("button", name="Approve this plan").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_text("Approved. The next nightly run carries it out.").wait_for()
    page.goto("/purges/")
    shoot(page, "list")
    assert inspect(page, "/purges/") == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(plan_url)
    page.get_by_role("button", name="Carry it out now").click()
    page.get_by_role("button", name="Destroy them").click()
    page.get_by_role("link", name="The certificate").click()
    page.get_by_text("signature whole").wait_for()
    shoot(page, "certificate")
    certificate = PurgeCertificate.objects.get()
    assert inspect(page, f"/purges/certificates/{certificate.pk}/") == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/purges/prove/")
    page.get_by_label("Id of the read").fill(str(reads[50].pk))
    page.get_by_role("button", name="Look").click()
    page.get_by_text("Destroyed on").wait_for()
    shoot(page, "proof")
    assert inspect(page, f"/purges/prove/?read={reads[50].pk}") == []
    assert inspect(page, f"/purges/prove/?read={reads[0].pk}") == []
    assert real_complaints(page) == []
