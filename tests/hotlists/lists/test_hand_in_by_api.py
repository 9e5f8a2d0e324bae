"""Software hands files in with the key of their source: for that source's lists and for nothing else."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from audit.models import LedgerEntry
from hotlists.imports import hand_in as engine
from hotlists.imports.run import take_in
from hotlists.lists import handing, keys
from hotlists.models import HotList, HotListImport
from tests import make
from tests.hotlists.lists import supply

pytestmark = pytest.mark.django_db(transaction=True)
GOOD = b"plate,state\n0DEM123,CA\n0DEM124,CA\n"


@pytest.fixture(autouse=True)
def unqueued(monkeypatch):
    """The worker is the test itself."""
    monkeypatch.setattr(engine, "enqueue", lambda import_id: True)


@pytest.fixture
def stolen(transactional_db) -> HotList:
    return supply.hot_list(supply.source())


@pytest.fixture
def bearer(stolen, administrator) -> dict[str, str]:
    _, clear = keys.issue_source_key(
        source_id=stolen.source_id, name="mover", by=make.by(administrator), at=timezone.now()
    )
    return {"Authorization": f"Bearer {clear}"}


def address(hot_list: HotList, query: str = "") -> str:
    return f"/api/v1/hot-lists/{hot_list.pk}/imports/{query}"


def post(hot_list: HotList, headers: dict[str, str], body: bytes = GOOD, query: str = "", kind: str = "text/csv"):
    return Client().post(address(hot_list, query), body, content_type=kind, headers=headers)


def test_a_body_becomes_the_list_and_its_state_is_told(stolen, bearer):
    answer = post(stolen, bearer, query="?layout=generic_csv&name=nightly.csv")
    assert answer.status_code == 202, answer.content
    assert (answer.json()["status"], answer.json()["bytes"]) == ("waiting", len(GOOD))
    of = HotListImport.objects.get()
    assert (of.name, of.origin, of.handed_in_by) == ("nightly.csv", "api", None)
    record = LedgerEntry.objects.get(action="import.start")
    assert (record.actor_kind, record.username) == ("device", "source State vehicles")
    take_in(of.pk, timezone.now)
    state = Client().get(answer.json()["state_url"], headers=bearer).json()
    assert (state["status"], state["kept"], state["per_cent"]) == ("live", 2, 100)


def test_a_forms_file_will_do_as_well(stolen, bearer):
    file = SimpleUploadedFile("l.csv", GOOD, content_type="text/csv")
    answer = Client().post(address(stolen), {"file": file, "layout": "generic_csv"}, headers=bearer)
    assert answer.status_code == 202
    assert Client().post(address(stolen), {"layout": "generic_csv"}, headers=bearer).json()["code"] == "file.missing"


def test_a_key_opens_no_list_of_another_source_and_no_import_of_one(stolen, bearer):
    other = supply.hot_list(supply.source("Another"), "Others")
    of = supply.an_import(other)
    assert post(other, bearer).status_code == 404
    assert Client().get(f"/api/v1/hot-lists/imports/{of.pk}/", headers=bearer).status_code == 404
    assert HotListImport.objects.count() == 1


@pytest.mark.parametrize("kept", [b"", GOOD])
def test_without_a_right_key_nothing_is_kept(stolen, bearer, kept):
    for headers in ({}, {"Authorization": "Bearer aaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}):
        for kind in ("text/csv", "multipart/form-data; boundary=b"):
            answer = post(stolen, headers, kept, kind=kind)
            assert answer.status_code == 401
            assert answer.json()["code"].startswith("key.")
    assert HotListImport.objects.count() == 0


def test_a_key_in_the_address_is_refused(stolen, bearer):
    answer = post(stolen, bearer, query="?token=abc")
    assert answer.json()["code"] == "key.in_query"


def test_a_revoked_key_is_dead_at_once(stolen, bearer, administrator):
    key = stolen.source.keys.get()
    keys.revoke_source_key(prefix=key.prefix, by=make.by(administrator), at=timezone.now())
    assert post(stolen, bearer).json()["code"] == "key.unknown"


def test_a_key_looks_at_no_page(stolen, bearer):
    for path in ("/hot-lists/", f"/hot-lists/{stolen.pk}/", "/api/v1/hot-plates/"):
        assert Client().get(path, headers=bearer).status_code in (302, 401, 403)


def test_a_person_hands_in_with_a_session_its_token_and_the_ability(stolen, signed_in, administrator, officer):
    file = {"file": SimpleUploadedFile("l.csv", GOOD, content_type="text/csv"), "layout": "generic_csv"}
    assert signed_in(administrator).post(address(stolen), file).status_code == 202
    answer = signed_in(officer).post(address(stolen), GOOD, content_type="text/csv")
    assert (answer.status_code, answer.json()["code"]) == (403, "access.role")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in(administrator).cookies
    assert strict.post(address(stolen), GOOD + b"0DEM9,CA\n", content_type="text/csv").status_code == 403
    assert HotListImport.objects.count() == 1


def test_what_does_not_come_whole_is_refused(stolen, bearer, settings):
    settings.HOT_LIST_MOST_BYTES = 100
    short = {"wsgi.input": io.BytesIO(GOOD), "CONTENT_LENGTH": str(len(GOOD) + 1), "CONTENT_TYPE": "text/csv"}
    cut = Client().generic("POST", address(stolen), headers=bearer, **short)
    assert (cut.status_code, cut.json()["code"]) == (400, "body.cut_short")
    large = post(stolen, bearer, b"x" * 101)
    assert (large.status_code, large.json()["code"]) == (413, "body.too_large")
    nothing = {"wsgi.input": io.BytesIO(), "CONTENT_LENGTH": "0", "CONTENT_TYPE": "text/csv"}
    assert Client().generic("POST", address(stolen), headers=bearer, **nothing).json()["code"] == "file.missing"
    assert post(stolen, bearer, b"").json()["code"] == "body.length"
    packed = post(stolen, bearer | {"Content-Encoding": "gzip"})
    assert (packed.status_code, packed.json()["code"]) == (415, "body.encoding")
    form = post(stolen, bearer, kind="application/x-www-form-urlencoded")
    assert (form.status_code, form.json()["code"]) == (415, "body.type")
    assert HotListImport.objects.count() == 0


def test_an_unknown_layout_is_refused_with_its_code(stolen, bearer):
    answer = post(stolen, bearer, query="?layout=none_such")
    assert (answer.status_code, answer.json()["code"]) == (403, "import.no_layout")


def test_the_schema_names_both_doors(signed_in, administrator):
    answer = signed_in(administrator).get("/api/v1/schema/", headers={"Accept": "application/json"})
    paths = json.loads(answer.content)["paths"]
    assert "/api/v1/hot-lists/{hot_list_id}/imports/" in paths
    assert "/api/v1/hot-lists/imports/{import_id}/" in paths


def test_a_source_with_as_many_files_waiting_as_may_is_told_to_wait(stolen, bearer, monkeypatch):
    """A key that got into wrong hands does not fill the disk."""
    monkeypatch.setattr(handing, "MOST_OPEN", 1)
    assert post(stolen, bearer).status_code == 202
    answer = post(stolen, bearer, GOOD + b"0DEM125,CA\n")
    assert (answer.status_code, answer.json()["code"]) == (429, "source.busy")
    of = HotListImport.objects.get()
    take_in(of.pk, timezone.now)
    assert post(stolen, bearer, GOOD + b"0DEM125,CA\n").status_code == 202
