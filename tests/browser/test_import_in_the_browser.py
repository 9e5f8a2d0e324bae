"""A hot list's file in Chromium: sent with a bar, followed to its verdict without reload; a plate looked up."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from hotlists.imports import hand_in as engine
from hotlists.imports.run import take_in
from hotlists.models import HotListImport
from tests.hotlists.lists import supply

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
GOOD = b"plate,state,category,reason\n" + b"".join(b"0DEM%03d,CA,stolen_vehicle,Taken\n" % n for n in range(100, 400))


@pytest.fixture
def later(monkeypatch):
    """``later(import_id)`` takes a file in, as a worker would; nothing is taken in before."""
    monkeypatch.setattr(engine, "enqueue", lambda import_id: True)

    def work(import_id: int) -> None:
        def run() -> None:
            try:
                take_in(import_id, timezone.now)
            finally:
                connection.close()

        worker = threading.Thread(target=run)
        worker.start()
        worker.join()

    return work


def choose(page, name: str, content: bytes) -> None:
    page.set_input_files("[data-upload-file]", {"name": name, "mimeType": "text/csv", "buffer": content})


def test_a_file_is_followed_to_its_verdict_without_reload(page_of, administrator, later):
    hot_list = supply.hot_list(supply.source())
    page = page_of(administrator)
    page.goto(f"/hot-lists/{hot_list.pk}/")
    assert page.get_by_text("This list is out of date").is_visible()
    page.get_by_role("link", name="Hand in a file").click()
    choose(page, "list.csv", GOOD)
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**/hot-lists/imports/*/")
    assert page.get_by_text("Waiting").is_visible()
    assert page.locator("progress").is_visible()
    later(HotListImport.objects.get().pk)
    page.get_by_text("Live", exact=True).wait_for()
    assert page.get_by_text("300 for the list").is_visible()
    page.goto(f"/hot-lists/{hot_list.pk}/")
    assert page.get_by_text("up to date").is_visible()
    page.fill("input[name=plate]", "0dem-222")
    page.get_by_role("button", name="Look it up").click()
    page.get_by_text("is on this list").wait_for()
    assert "222" not in page.url
    assert page.complaints == []


def test_bad_rows_are_read_on_the_page_and_a_file_is_stopped(page_of, administrator, later):
    hot_list = supply.hot_list(supply.source())
    page = page_of(administrator, width=390)
    page.goto(f"/hot-lists/{hot_list.pk}/hand-in/")
    choose(page, "bad.csv", b"plate,state\n0DEM123,CA\n0DEM1234567,CA\n")
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**/hot-lists/imports/*/")
    later(HotListImport.objects.get().pk)
    page.get_by_text("Refused", exact=True).wait_for()
    assert page.get_by_text("All of them").is_visible()
    page.goto(f"/hot-lists/{hot_list.pk}/hand-in/")
    choose(page, "good.csv", GOOD)
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**/hot-lists/imports/*/")
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Stop it").click()
    page.get_by_text("Stopped. The list is as it was.").wait_for()
    assert page.complaints == []


def test_without_scripts_a_file_is_handed_in_as_well(browser, page_of, live_server, administrator, later):
    hot_list = supply.hot_list(supply.source())
    cookies = page_of(administrator).context.cookies()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"/hot-lists/{hot_list.pk}/hand-in/")
    choose(page, "list.csv", GOOD)
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**/hot-lists/imports/*/")
    later(HotListImport.objects.get().pk)
    page.get_by_role("link", name="Look again").click()
    assert page.get_by_text("300 for the list").is_visible()
    context.close()
