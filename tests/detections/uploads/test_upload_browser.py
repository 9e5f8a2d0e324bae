"""In Chromium: a file is sent with its bar, followed to its end without reload, and read on a phone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from detections.models import Upload
from detections.uploads import run
from tests import make
from tests.browser.conftest import browser, page_of  # noqa: F401 (fixtures)
from tests.browser.test_pages_are_accessible import findings
from tests.detections.uploads.files import HEAD, csv_rows, taken

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def content(at, *, bad: int = 2) -> bytes:
    rows = [*csv_rows(300, before=at), *csv_rows(300, first=300, before=at - timedelta(hours=2))]
    return (HEAD + "".join(rows) + "bad\n" * bad).encode()


def width(page) -> int:
    return page.evaluate("document.documentElement.scrollWidth")


def test_a_file_is_sent_followed_and_read(administrator, page_of, tmp_path):  # noqa: F811
    make.camera(approver=administrator)
    at = timezone.now()
    path = tmp_path / "june.csv"
    path.write_bytes(content(at))
    page = page_of(administrator)
    page.goto("/uploads/")
    assert findings(page, "/uploads/") == []
    page.set_input_files("input[type=file]", str(path))
    page.click("text=Hand in >> nth=-1")
    page.wait_for_url("**/uploads/*-*/")
    assert page.inner_text("#progress .chip") == "WAITING" or "Waiting" in page.inner_text("#progress")
    upload = Upload.objects.get()
    run.take_in(upload_id=upload.pk, clock=timezone.now)
    page.wait_for_selector("text=Finished", timeout=15_000)  # by itself
    page.wait_for_selector("text=1 gap", timeout=15_000)
    assert findings(page, "/uploads/…/") == []
    assert page.complaints == []


def test_a_bad_file_is_told_beside_the_form_without_leaving_it(administrator, page_of, tmp_path):  # noqa: F811
    path = tmp_path / "june.csv"
    path.write_bytes(b"PK\x03\x04" + bytes(50))
    page = page_of(administrator)
    page.goto("/uploads/")
    page.set_input_files("input[type=file]", str(path))
    page.click("text=Hand in >> nth=-1")
    page.wait_for_selector("text=ZIP archive")
    assert page.url.endswith("/uploads/")
    assert Upload.objects.count() == 0
    assert [line for line in page.complaints if "422" not in line] == []


def test_the_pages_fit_a_phone(administrator, page_of):  # noqa: F811
    make.camera(approver=administrator)
    at = timezone.now()
    upload = taken(content(at), administrator, at=at)
    wrong = "".join(csv_rows(3, first=900, before=at + timedelta(days=3)))
    taken((HEAD + wrong).encode(), administrator, at=at)
    page = page_of(administrator, width=390)
    for path in ("/uploads/", f"/uploads/{upload.pk}/", "/quarantine/"):
        page.goto(path)
        assert width(page) <= 390, path
        assert findings(page, path) == []
    assert page.complaints == []
