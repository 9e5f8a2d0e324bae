"""Layouts are files that say what is wrong with them; the pages of exports work as forms."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone

from audit.elsewhere.layout import LayoutError, all_layouts, read
from audit.models import QueryImport, QuerySystem
from audit.spreadsheet import cell
from tests.audit.elsewhere.exports import learn, row, taken_in, text


def test_both_shipped_layouts_are_sound():
    assert {name: one.names_people for name, one in all_layouts().items()} == {
        "learn_audit": True, "vendor_portal": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("columns = 1 2", "own.toml"),
        ("[columns]\naccount = ['user']", "columns.at: is missing"),
        ("names_people = true\n[columns]\nat = ['time']", "columns.account: is missing"),
        ("[columns]\nat = ['time']\nwho = ['x']", "columns.who: there is no such role"),
        ("delimiter = '/'\n[columns]\nat = ['time']", "delimiter"),
        ("[columns]\nat = ['time']\n[time]\nzone = 'Mars/Base'", "time.zone"),
    ],
)
def test_a_wrong_layout_says_where(tmp_path, content, words):
    path = tmp_path / "own.toml"
    path.write_text(content)
    with pytest.raises(LayoutError, match=words):
        read(path)


def test_an_installations_own_layout_is_found_and_a_broken_one_left_out(tmp_path, settings, caplog):
    settings.QUERY_LAYOUTS = str(tmp_path)
    (tmp_path / "ours.toml").write_text("[columns]\nat = ['time']")
    (tmp_path / "broken.toml").write_text("[columns]")
    assert set(all_layouts()) == {"learn_audit", "vendor_portal", "ours"}
    assert "broken.toml" in caplog.text


@pytest.mark.parametrize("text_", ["=1+1", "+1", "-1", "@x", "\tx", "  =1", "\r=1"])
def test_no_cell_is_taken_for_a_formula(text_):
    assert cell(text_) == f"'{text_}"
    assert cell("plain") == "plain"


def test_an_export_is_handed_in_by_form_and_its_page_names_bad_rows(signed_in, auditor, detective):
    client = signed_in(auditor)
    today = timezone.localdate()
    made = client.post("/elsewhere/new/", {"name": "LEARN", "layout": "learn_audit", "expected_from": str(today)})
    assert made.status_code == 302
    system = QuerySystem.objects.get()
    file = io.BytesIO(text(row(), row(time="=cmd")))
    file.name = "week.csv"
    asked = {
        "system": system.pk,
        "first_day": str(today - timedelta(days=8)),
        "last_day": str(today - timedelta(days=2)),
    }
    answer = client.post("/elsewhere/", asked | {"file": file})
    export = QueryImport.objects.get()
    assert answer["Location"] == f"/elsewhere/exports/{export.pk}/"
    from audit.elsewhere.run import take_in

    take_in(export.pk, timezone.now)
    page = client.get(f"/elsewhere/exports/{export.pk}/").content.decode()
    assert "is no time of the forms" in page
    assert b"3,at," in client.get(f"/elsewhere/exports/{export.pk}/bad-rows/").content
    assert client.get(f"/elsewhere/exports/{export.pk}/progress/").headers["HX-Refresh"] == "true"
    assert client.get(f"/elsewhere/{system.pk}/").status_code == 200


def test_the_pages_script_is_told_that_a_file_was_taken_and_why_one_was_not(signed_in, auditor):
    client, today = signed_in(auditor), timezone.localdate()
    asked = {
        "system": learn(auditor).pk,
        "first_day": str(today - timedelta(days=8)),
        "last_day": str(today - timedelta(days=2)),
    }
    lacking = client.post("/elsewhere/", asked, headers={"Accept": "application/json"})
    assert (lacking.status_code, "The export, as CSV" in lacking.json()["reason"]) == (400, True)
    for status, name in ((201, "url"), (403, "reason")):  # the same file once more is refused
        file = io.BytesIO(text(row()))
        file.name = "week.csv"
        told = client.post("/elsewhere/", asked | {"file": file}, headers={"Accept": "application/json"})
        assert (told.status_code, bool(told.json()[name])) == (status, True)
    assert QueryImport.objects.count() == 1


def test_a_form_that_lacks_something_says_so_and_changes_nothing(signed_in, auditor):
    client = signed_in(auditor)
    learn(auditor)
    assert client.post("/elsewhere/", {"system": ""}).status_code == 400
    assert (
        client.post("/elsewhere/new/", {"name": "learn", "layout": "learn_audit", "expected_from": "x"}).status_code
        == 400
    )
    assert QuerySystem.objects.count() == 1
    assert not QueryImport.objects.exists()


def test_the_page_shows_what_is_missing_and_unknown(signed_in, auditor, detective):
    today = timezone.localdate()
    system = learn(auditor, expected_from=today - timedelta(days=30))
    taken_in(system, text(row(time=f"{today - timedelta(days=3):%m/%d/%Y} 08:00:00 PM", user="lrn-77")), auditor)
    page = signed_in(auditor).get(f"/elsewhere/{system.pk}/").content.decode()
    assert "without an export" in page
    assert "lrn-77" in page
