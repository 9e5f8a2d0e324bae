"""A newcomer's road in the browser: asked, approved, opened; the machine enrolled; then suspended with one click."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from audit.models import AccessRequest, User
from tests import make
from tests.audit.roster.people import sergeant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sound(page, path: str = "") -> None:
    """Open the page (or stay) at both widths: nothing serious for axe, nothing wider than the window."""
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        if path:
            page.goto(path)
        found = Axe().run(page).response["violations"]
        serious = [
            f"{page.url}: {rule['id']}: {rule['nodes'][0]['html'][:120]}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
        ]
        assert serious == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} at {width}"


def test_from_the_request_to_the_suspension(page_of):
    make.division("Patrol")
    admin, boss = make.user("administrator", "alpr_administrator", is_staff=True), sergeant()
    desk = page_of(admin)
    desk.goto("/access/new/")
    for name, value in {
        "first_name": "Nora",
        "last_name": "New",
        "username": "new.officer",
        "employee_number": "E900",
    }.items():
        desk.fill(f"[name={name}]", value)
    desk.select_option("[name=classification]", "officer")
    desk.select_option("[name=division]", label="Patrol")
    desk.select_option("[name=supervisor]", str(boss.pk))
    desk.get_by_text("Officer", exact=True).click()
    desk.fill("[name=why]", "Patrol officers look for stolen vehicles")
    sound(desk)
    desk.get_by_role("button", name="Ask", exact=True).click()
    desk.wait_for_url(re.compile(r"/access/[0-9a-f-]+/$"))
    request = AccessRequest.objects.get()
    assert desk.get_by_role("button", name="Open access").count() == 0

    chief = page_of(boss)
    sound(chief, "/access/")
    chief.goto(f"/access/{request.pk}/")
    chief.get_by_text("Approve", exact=True).click()
    chief.get_by_role("button", name="Decide").click()
    chief.get_by_text("is approved").wait_for()

    desk.goto(f"/access/{request.pk}/")
    sound(desk)
    desk.get_by_role("button", name="Open access").click()
    desk.get_by_text("Put the certificate on file").wait_for()
    desk.goto(f"/access/{request.pk}/")
    for kind in ("clets", "alpr"):
        desk.fill(f"[name={kind}-issued_on]", "2026-01-05")
        desk.fill(f"[name={kind}-expires_on]", f"{timezone.now().year + 2}-01-05")
    desk.get_by_role("button", name="Open access").click()
    desk.get_by_text("Access for new.officer is open").wait_for()
    new = User.objects.get(username="new.officer")

    sound(desk, "/devices/")
    desk.fill("[name=name]", "MDC 4117")
    desk.select_option("[name=device_class]", "vehicle")
    desk.get_by_role("button", name="Add and show its code").click()
    code = desk.locator("#code").inner_text()

    car = page_of(new)
    sound(car, "/devices/enrol/")
    car.fill("[name=code]", code)
    car.get_by_role("button", name="Make it known").click()
    car.locator("strong", has_text="MDC 4117").wait_for()
    answer = car.goto("/policy/")
    assert answer is not None

    for path in ("/roster/", f"/roster/people/{new.pk}/", "/roster/differences/", "/access/ask/"):
        sound(desk, path)
    desk.goto(f"/roster/people/{new.pk}/")
    desk.get_by_role("button", name="Suspend now").click()
    desk.get_by_text("is suspended").wait_for()
    car.goto("/notices/")
    assert "/accounts/login/" in car.url
    wrong = [
        line for page in (desk, chief) for line in page.complaints if "403" not in line and "inline style" not in line
    ]
    assert [line for line in wrong if "axe" not in line] == []
