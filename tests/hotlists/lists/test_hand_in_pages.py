"""A file handed in on the page: whole or not at all, followed, stopped; with and without scripts."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from audit.models import LedgerEntry
from hotlists.imports import hand_in as engine
from hotlists.imports.run import take_in
from hotlists.models import HotList, HotListImport
from tests import make
from tests.hotlists.lists import supply

pytestmark = pytest.mark.django_db(transaction=True)
GOOD = b"plate,state,category,reason\n0DEM123,CA,stolen_vehicle,Taken on Elm Street\n0DEM124,CA,stolen_vehicle,Taken\n"


@pytest.fixture(autouse=True)
def unqueued(monkeypatch):
    """The worker is the test itself."""
    monkeypatch.setattr(engine, "enqueue", lambda import_id: True)


@pytest.fixture
def stolen(transactional_db) -> HotList:
    return supply.hot_list(supply.source())


@pytest.fixture
def manager(signed_in, administrator) -> Client:
    return signed_in(administrator)


def send(client: Client, hot_list: HotList, content: bytes = GOOD, **typed):
    file = SimpleUploadedFile("../list\u202e.csv", content, content_type="text/csv")
    facts = {"file": file, "layout": "generic_csv"} | typed
    headers = {"Accept": "application/json"} if typed.pop("json", False) else {}
    return client.post(f"/hot-lists/{hot_list.pk}/hand-in/", facts, headers=headers)


def test_a_file_becomes_the_list_and_its_page_says_so(stolen, manager):
    answer = send(manager, stolen)
    of = HotListImport.objects.get()
    assert answer.headers["Location"] == f"/hot-lists/imports/{of.pk}/"
    assert (of.name, of.size, of.origin) == ("list.csv", len(GOOD), "upload")
    assert "Stop" in manager.get(answer.headers["Location"]).content.decode()
    take_in(of.pk, timezone.now)
    page = manager.get(answer.headers["Location"]).content.decode()
    assert ">Live<" in page
    assert "<strong>2</strong> for the list" in page
    page = manager.get(f"/hot-lists/{stolen.pk}/").content.decode()
    assert "2 imported" in page
    assert "Stolen vehicle" in page
    found = manager.post(f"/hot-lists/{stolen.pk}/look-up/", {"plate": "0DEM123"}).content.decode()
    assert "is on this list" in found
    assert "Taken on Elm Street" in found


def test_a_script_is_told_the_address(stolen, manager):
    answer = send(manager, stolen, json=True)
    assert answer.status_code == 201
    assert answer.json() == {"url": f"/hot-lists/imports/{HotListImport.objects.get().pk}/"}


def test_a_refused_type_is_dropped_with_its_clause_on_the_page(stolen, manager):
    rows = b"plate,type\n0DEM123,VEHICLE\n0DEM124,Immigration Violator File\n"
    send(manager, stolen, rows)
    of = HotListImport.objects.get()
    take_in(of.pk, timezone.now)
    of.refresh_from_db()
    assert (of.status, of.kept, sum(of.dropped.values())) == ("live", 1, 1)
    page = manager.get(f"/hot-lists/imports/{of.pk}/").content.decode()
    assert "525.08, C.5" in page
    looked = manager.post(f"/hot-lists/{stolen.pk}/look-up/", {"plate": "0DEM124"}).content.decode()
    assert "is not on this list" in looked


def test_bad_rows_change_nothing_and_are_named(stolen, manager):
    send(manager, stolen)
    take_in(HotListImport.objects.get().pk, timezone.now)
    live = HotListImport.objects.get()
    send(manager, stolen, b"plate,state\n0DEM125,CA\n0DEM1234567,CA\n0DEM126,Q9\n")
    of = HotListImport.objects.latest("pk")
    take_in(of.pk, timezone.now)
    page = manager.get(f"/hot-lists/imports/{of.pk}/").content.decode()
    assert "Refused" in page
    assert '<th scope="row" class="num" data-label="Line">3</th>' in page
    assert '<th scope="row" class="num" data-label="Line">4</th>' in page
    stolen.refresh_from_db()
    assert stolen.live_import == live


def test_a_file_is_stopped_and_the_list_stays(stolen, manager):
    send(manager, stolen)
    of = HotListImport.objects.get()
    assert manager.post(f"/hot-lists/imports/{of.pk}/cancel/").status_code == 302
    of.refresh_from_db()
    assert of.status == "stopped"
    assert take_in(of.pk, timezone.now) is None
    again = manager.post(f"/hot-lists/imports/{of.pk}/cancel/")
    assert again.status_code == 403
    assert "import.ended" in again.content.decode()


def test_the_same_file_twice_at_once_is_refused_on_the_page(stolen, manager):
    send(manager, stolen)
    answer = send(manager, stolen)
    assert answer.status_code == 403
    assert "import.waiting_already" in answer.content.decode()
    answer = send(manager, stolen, json=True)
    assert (answer.status_code, answer.json()["code"]) == (403, "import.waiting_already")


def test_nothing_chosen_and_an_unknown_layout_say_so(stolen, manager):
    empty = manager.post(f"/hot-lists/{stolen.pk}/hand-in/", {"layout": "generic_csv"})
    assert empty.status_code == 422
    assert "Choose a file." in empty.content.decode()
    assert send(manager, stolen, layout="none_such").status_code == 422
    assert HotListImport.objects.count() == 0


def test_a_body_that_broke_off_is_never_a_shorter_list(stolen, manager):
    whole = b'--b\r\nContent-Disposition: form-data; name="layout"\r\n\r\ngeneric_csv\r\n--b\r\n'
    whole += b'Content-Disposition: form-data; name="file"; filename="l.csv"\r\nContent-Type: text/csv\r\n\r\n' + GOOD
    environ = {"wsgi.input": io.BytesIO(whole[:-30]), "CONTENT_TYPE": "multipart/form-data; boundary=b"}
    environ |= {"CONTENT_LENGTH": str(len(whole)), "REQUEST_METHOD": "POST"}
    answer = manager.generic("POST", f"/hot-lists/{stolen.pk}/hand-in/", **environ)
    assert answer.status_code == 400
    assert "broke off" in answer.content.decode()
    assert HotListImport.objects.count() == 0


def test_too_large_a_file_is_not_read(stolen, manager, settings):
    settings.HOT_LIST_MOST_BYTES = 50
    answer = send(manager, stolen)
    assert (answer.status_code, HotListImport.objects.count()) == (413, 0) or answer.status_code == 413
    environ = {"CONTENT_LENGTH": str(10**12), "CONTENT_TYPE": "multipart/form-data; boundary=b"}
    assert manager.generic("POST", f"/hot-lists/{stolen.pk}/hand-in/", **environ).status_code == 413
    assert HotListImport.objects.count() == 0


def test_a_stranger_to_lists_is_refused_before_the_file_is_read(stolen, signed_in, officer, administrator):
    answer = send(signed_in(officer), stolen)
    assert answer.status_code == 403
    assert LedgerEntry.objects.filter(action="import.start", outcome="refused", username="officer").exists()
    closed = make.hot_list("Street racing crews", kind=HotList.Kind.SPECIAL)
    assert send(signed_in(administrator), closed).status_code == 404
    assert HotListImport.objects.count() == 0


def test_a_form_without_its_token_hands_nothing_in(stolen, manager):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = manager.cookies
    assert send(strict, stolen).status_code == 403
    assert HotListImport.objects.count() == 0
