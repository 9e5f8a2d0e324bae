"""Every page, for every role that may open it: no serious finding of axe, no sideways scroll at 390 px."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from detections.models import Hit, PossibleMatch
from tests import make
from tests.detections.evidence.packing import packaged
from tests.detections.holding import hold_row
from tests.detections.searching import kept_search
from tests.hotlists.lists.supply import an_import
from tests.hotlists.special import sharing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PUBLIC = ["/", "/transparency/", "/registry/", "/accounts/login/", "/rules/", "/accessibility/", "/patterns/", "/log/"]
PUBLIC += ["/log/verifier/", "/transparency/versions/", "/transparency/definitions/"]
STAFF = {
    "detective": ["/", "/hits/", "/hits/{hit}/", "/search/", "/search/{search}/", "/hot-plates/",
                  "/hot-plates/reconcile/", "/hot-plates/enter/",
                  "/hot-plates/{hot_plate}/", "/photos/unread/", "/cameras/", "/policy/", "/holds/", "/holds/window/",
                  "/holds/{hold}/", "/evidence/", "/evidence/{package}/", "/accounts/2fa/", "/notices/",
                  "/hits/possible/", "/hits/possible/{possible}/", "/hot-plates/{hot_plate}/entered/",
                  "/hot-lists/special/", "/hot-lists/special/ask/", "/hot-lists/special/{special}/",
                  "/hot-lists/{special}/share/", "/hot-lists/shares/", "/hot-lists/shares/{share}/"],
    "auditor": ["/", "/inspections/", "/findings/",
                "/hits/rates/", "/ledger/", "/ledger/0/", "/log/proof/0/", "/log/", "/search/", "/policy/",
                "/ledger/exports/", "/ledger/exports/new/", "/ledger/0/decision/", "/elsewhere/", "/elsewhere/new/",
                "/compliance/", "/safeguards/", "/policy/orders/"],
    "administrator": ["/", "/registers/", "/search/approvals/", "/store/", "/cameras/", "/cameras/{camera}/",
                      "/locked/", "/admin/", "/roster/", "/roster/differences/", "/access/", "/access/new/",
                      "/devices/", "/devices/enrol/", "/safeguards/", "/safeguards/new/", "/safeguards/breaches/",
                      "/transparency/publications/", "/transparency/agencies/",
                      "/admin/audit/user/", "/uploads/", "/quarantine/",
                      "/admin/cameras/camera/",
                      "/hot-lists/", "/hot-lists/{hot_list}/", "/hot-lists/{hot_list}/hand-in/", "/hot-lists/new/",
                      "/hot-lists/imports/{import}/", "/hot-lists/sources/{source}/", "/hot-lists/sources/new/",
                      "/hits/times/", "/hits/rates/", "/hot-lists/{special}/access/"],
    "untrained": ["/search/", "/hits/"],
}  # fmt: skip


@pytest.fixture
def things(detective) -> dict[str, str]:
    """One of each thing a page can be about."""
    now = timezone.now()
    camera = make.camera(approver=detective)
    entry = make.hot_plate(at=now, entered_by=detective)
    read = make.detection(at=now - timedelta(minutes=5), seen_by=camera)
    hit = Hit.objects.create(
        detection=read, hot_plate=entry, plate=read.plate, captured_at=read.captured_at, created_at=now
    )
    possible = PossibleMatch.objects.create(
        detection=read, hot_plate=entry, kind="lookalike", plate="0DEM1Z3", captured_at=read.captured_at, created_at=now
    )
    special = sharing.special()
    sharing.grant(detective, special)
    make.hot_plate("0DEM900", hot_list=special, at=now, entered_by=detective)
    search = kept_search(detective, at=now, plate=read.plate)
    hold = hold_row(detective, read, at=now)
    package = packaged(detective, [read], at=now)
    return {"hit": hit.pk, "search": search.pk, "hot_plate": entry.pk, "camera": camera.code, "hold": hold.pk} | {
        "package": package.pk,
        "possible": possible.pk,
        "hot_list": entry.hot_list_id,
        "special": special.pk,
        "share": sharing.share_row(special, detective, at=now).pk,
        "source": entry.hot_list.source_id,
        "import": an_import(entry.hot_list, at=now, kept=2, dropped={"IMMIGRATION_VIOLATOR": 3}).pk,
    }


def findings(page, path: str) -> list[str]:
    """Serious and critical findings of axe, with the first element each is about."""
    found = Axe().run(page).response["violations"]
    return [
        f"{path}: {rule['id']}: {rule['nodes'][0]['html'][:160]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]


def inspect(page, path: str) -> list[str]:
    """What is wrong with a page at 1440 and at 390 px."""
    page.set_viewport_size({"width": 1440, "height": 900})
    answer = page.goto(path, wait_until="load")
    if answer is None or answer.status not in (200, 403):
        return [f"{path}: answered {answer.status if answer else 'nothing'}"]
    wrong = findings(page, path)
    page.set_viewport_size({"width": 390, "height": 844})
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > 390:
        wrong.append(f"{path}: {width} px wide on a phone of 390")
    return wrong


def real_complaints(page) -> list[str]:
    """Console errors but for the browser's own note of a 403, and what axe itself injects."""
    return [line for line in page.complaints if "403" not in line and "axe" not in line and "inline style" not in line]


def test_public_pages(page_of, things, settings):
    page = page_of()
    wrong = [finding for path in PUBLIC for finding in inspect(page, path)]
    assert wrong + real_complaints(page) == []


@pytest.mark.parametrize("role", STAFF)
def test_staff_pages(page_of, things, request, role):
    page = page_of(request.getfixturevalue(role))
    wrong = [finding for path in STAFF[role] for finding in inspect(page, path.format(**things))]
    assert wrong + real_complaints(page) == []
