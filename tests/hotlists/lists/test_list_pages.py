"""The pages of lists: who sees what, red when out of date, one plate looked up on record, who changes what."""

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm

from audit.models import LedgerEntry
from hotlists.lists import rules
from hotlists.models import HotList, HotListSource
from tests import make
from tests.hotlists.lists import supply

SOURCE = {"name": "State vehicles", "authority": "State Department", "kind": "state"}


@pytest.fixture
def stolen(db) -> HotList:
    return supply.hot_list(supply.source())


@pytest.fixture
def manager(signed_in, administrator):
    return signed_in(administrator)


def last(action: str) -> LedgerEntry:
    return LedgerEntry.objects.filter(action=action).latest("index")


def test_the_lists_say_what_is_out_of_date_first_and_the_look_is_on_record(stolen, manager):
    make.hot_list("Hot plates")
    page = manager.get("/hot-lists/").content.decode()
    assert page.index("Stolen vehicles") < page.index("Hot plates</a>")
    assert page.count('<span class="chip chip--urgent">out of date</span>') == 1
    supply.an_import(stolen, at=timezone.now(), kept=1234)
    page = manager.get("/hot-lists/").content.decode()
    assert "out of date</span>" not in page
    assert "<div>1,234</div>" in page
    assert last("hot_list.list").outcome == "allowed"


def test_a_special_list_is_there_only_for_those_it_was_opened_to(signed_in, detective, manager):
    special = make.hot_list("Street racing crews", kind=HotList.Kind.SPECIAL)
    for address in ("/hot-lists/", f"/hot-lists/{special.pk}/", f"/hot-lists/{special.pk}/hand-in/"):
        assert "Street racing" not in manager.get(address).content.decode()
    assert manager.get(f"/hot-lists/{special.pk}/").status_code == 404
    assign_perm("hotlists.see_hits", detective, special)
    assert "Street racing crews" in signed_in(detective).get("/hot-lists/").content.decode()


def test_who_does_not_manage_lists_sees_them_and_changes_nothing(stolen, signed_in, dispatcher):
    client = signed_in(dispatcher)
    page = client.get(f"/hot-lists/{stolen.pk}/").content.decode()
    assert "Hand in a file" not in page
    assert "Settings of the list" not in page
    assert client.get("/hot-lists/").status_code == 200
    source = stolen.source_id
    for address in (f"/hot-lists/{stolen.pk}/change/", f"/hot-lists/sources/{source}/change/", "/hot-lists/new/"):
        typed = SOURCE | {"near": "exact", "source": source, "name": "Another"}
        assert client.post(address, typed).status_code == 403
    assert client.get(f"/hot-lists/sources/{source}/").status_code == 403
    assert client.get(f"/hot-lists/{stolen.pk}/hand-in/").status_code == 403
    assert not HotList.objects.filter(name="Another").exists()
    assert HotListSource.objects.get(pk=source).name == "State vehicles"


def test_one_plate_is_looked_up_by_post_and_stands_in_the_record(stolen, manager):
    page = manager.post(f"/hot-lists/{stolen.pk}/look-up/", {"plate": "0dem-123"}).content.decode()
    assert "is not on this list" in page
    assert '"0DEM123"' in last("hot_list.view").clear.query
    make.hot_plate("0DEM123", at=timezone.now(), hot_list=stolen)
    page = manager.post(f"/hot-lists/{stolen.pk}/look-up/", {"plate": "0DEM123"}).content.decode()
    assert "is on this list" in page
    assert manager.get(f"/hot-lists/{stolen.pk}/look-up/").status_code == 405


def test_what_is_no_plate_is_not_looked_up(stolen, manager):
    page = manager.post(f"/hot-lists/{stolen.pk}/look-up/", {"plate": "0DEM123456789"}).content.decode()
    assert "At most" in page or "at most" in page
    assert last("hot_list.view").clear.query == "{}"


def test_a_source_and_its_list_are_made_and_changed_on_record(manager):
    typed = SOURCE | {"refresh_minutes": "360", "code": "svs", "accepted_types": "vehicle, plate", "layout": ""}
    manager.post("/hot-lists/sources/new/", typed)
    source = HotListSource.objects.get()
    assert (source.refresh_minutes, source.code, source.accepted_types) == (360, "svs", ["VEHICLE", "PLATE"])
    manager.post("/hot-lists/new/", {"name": "Stolen", "source": source.pk, "near": "lookalike"})
    hot_list = HotList.objects.get()
    assert hot_list.kind == "ordinary"
    manager.post(f"/hot-lists/sources/{source.pk}/change/", typed | {"refresh_minutes": "60"})
    assert (
        last("hot_list.change").clear.detail == '{"after": {"refresh_minutes": 60}, "before": {"refresh_minutes": 360}}'
    )
    manager.post(f"/hot-lists/{hot_list.pk}/change/", {"name": "Stolen cars", "near": "exact"})
    hot_list.refresh_from_db()
    assert (hot_list.name, hot_list.near) == ("Stolen cars", "exact")
    assert hot_list.history.first().history_user.username == "administrator"
    assert LedgerEntry.objects.filter(action="hot_list.change", outcome="allowed").count() == 4


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"accepted_types": "IMMIGRATION_VIOLATOR"}, rules.REFUSED_TYPE),
        ({"accepted_types": "VEHICLE", "refused_types": "vehicle"}, rules.TYPE_TWICE),
        ({"name": "Own entries"}, rules.NAME_TAKEN),
        ({"code": "own"}, rules.CODE_TAKEN),
    ],
)
def test_a_source_is_refused_with_its_clause(stolen, manager, changed, rule):
    HotListSource.objects.create(name="Own entries", authority="Demo PD", code="own")
    answer = manager.post(f"/hot-lists/sources/{stolen.source_id}/change/", SOURCE | changed)
    assert answer.status_code == 403
    assert rule.code in answer.content.decode()
    stolen.source.refresh_from_db()
    assert stolen.source.accepted_types == []
    assert last("hot_list.change").rule_code == rule.code


def test_an_unknown_layout_and_a_missing_authority_are_refused_to_any_door(stolen, administrator):
    from audit.refusals import Refused
    from hotlists.lists.sources import SourceFacts, change_source

    for facts, rule in (
        (SourceFacts("State vehicles", "State", layout="none_such"), rules.LAYOUT_UNKNOWN),
        (SourceFacts("State vehicles", " "), rules.NO_AUTHORITY),
    ):
        with pytest.raises(Refused) as refused:
            change_source(source_id=stolen.source_id, facts=facts, by=make.by(administrator), at=make.NOON)
        assert refused.value.refusal.rule == rule


def test_the_policys_refused_types_are_shown_with_their_clause(stolen, manager):
    for address in (f"/hot-lists/{stolen.pk}/", f"/hot-lists/sources/{stolen.source_id}/"):
        page = manager.get(address).content.decode()
        assert "IMMIGRATION_VIOLATOR" in page
        assert "C.5" in page


def test_a_key_is_shown_once_and_revoked(stolen, manager):
    page = manager.post(f"/hot-lists/sources/{stolen.source_id}/keys/", {"name": "mover"}).content.decode()
    key = stolen.source.keys.get()
    clear = page.split('<code class="secret">')[1].split("<")[0]
    assert clear.startswith(f"{key.prefix}.")
    assert clear not in manager.get(f"/hot-lists/sources/{stolen.source_id}/").content.decode()
    manager.post(f"/hot-lists/sources/keys/{key.prefix}/revoke/")
    key.refresh_from_db()
    assert key.revoked


def test_an_import_of_a_list_one_may_not_see_is_not_there(signed_in, manager, officer):
    special = make.hot_list("Street racing crews", kind=HotList.Kind.SPECIAL)
    of = supply.an_import(special, status="refused", verdict="A bad row")
    for path in ("", "progress/", "rejected.csv"):
        assert manager.get(f"/hot-lists/imports/{of.pk}/{path}").status_code == 404
    assert manager.post(f"/hot-lists/imports/{of.pk}/cancel/").status_code == 404


def test_the_bad_rows_are_named_and_no_cell_is_a_formula(stolen, manager, signed_in, dispatcher):
    of = supply.an_import(
        stolen, status="refused", verdict="2 bad rows", rejected=2, dropped={"IMMIGRATION_VIOLATOR": 3}
    )
    of.rejections.create(line=7, column="=HYPERLINK(1)", reason="The plate has 9 characters.")
    of.rejections.create(line=5, column="state", reason="-2 is no state")
    page = manager.get(f"/hot-lists/imports/{of.pk}/").content.decode()
    assert page.index("-2 is no state") < page.index("The plate has 9 characters.")
    assert "IMMIGRATION_VIOLATOR" in page
    assert "C.5" in page
    answer = manager.get(f"/hot-lists/imports/{of.pk}/rejected.csv")
    rows = b"".join(answer.streaming_content).decode().splitlines()
    assert rows == ["line,column,why", "5,state,'-2 is no state", "7,'=HYPERLINK(1),The plate has 9 characters."]
    assert last("import.view").result_count == 2
    assert signed_in(dispatcher).get(f"/hot-lists/imports/{of.pk}/rejected.csv").status_code == 403


def test_progress_is_background_without_a_record_and_ends_by_asking_for_the_page(stolen, manager):
    of = supply.an_import(stolen, status="running", done_bytes=400)
    before = LedgerEntry.objects.count()
    answer = manager.get(f"/hot-lists/imports/{of.pk}/progress/", headers={"X-Background": "1"})
    assert "40 %" in answer.content.decode()
    assert "HX-Refresh" not in answer.headers
    of.status = "refused"
    of.save()
    assert manager.get(f"/hot-lists/imports/{of.pk}/progress/").headers["HX-Refresh"] == "true"
    assert LedgerEntry.objects.count() == before
