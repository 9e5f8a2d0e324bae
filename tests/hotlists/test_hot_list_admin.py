"""Administration of lists: who and why, rights per list on record, hot plates to be seen only by those who may."""

import pytest
from django.contrib.auth.models import Permission

from audit.models import LedgerEntry
from hotlists.models import HotList, HotListSource, HotPlate
from tests import make


@pytest.fixture
def admin(administrator, signed_in):
    return signed_in(administrator)


def actions():
    return list(LedgerEntry.objects.order_by("index").values_list("action", flat=True))


def test_a_changed_source_says_who_and_why_on_record(admin, administrator, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = admin.post("/admin/hotlists/hotlistsource/add/", {"name": "SVS", "authority": "DOJ", "why": "Start"})
    assert answer.status_code == 302
    history = HotListSource.history.get()
    assert (history.history_user, history.history_change_reason) == (administrator, "Start")
    assert actions() == ["admin.change"]


def test_without_a_why_nothing_is_changed(admin):
    assert admin.post("/admin/hotlists/hotlistsource/add/", {"name": "SVS", "authority": "DOJ"}).status_code == 200
    assert not HotListSource.objects.exists()


def test_a_special_list_cannot_be_turned_ordinary(admin, special_list):
    page = f"/admin/hotlists/hotlist/{special_list.pk}/change/"
    data = {"name": "Crews", "kind": "ordinary", "source": special_list.source_id, "why": "Renamed"}
    admin.post(page, data)
    special_list.refresh_from_db()
    assert (special_list.name, special_list.kind) == ("Crews", HotList.Kind.SPECIAL)


def test_opening_a_special_list_is_on_record(admin, officer, special_list, django_capture_on_commit_callbacks):
    right = Permission.objects.get(codename="see_hits")
    address = f"/admin/hotlists/hotlist/{special_list.pk}/permissions/user-manage/{officer.pk}/"
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(address, {"permissions": right.codename})
    assert special_list in HotList.objects.visible_to(officer)
    assert "admin.change" in actions()


def test_hot_plates_are_seen_with_a_record_but_special_ones_only_by_grant(admin, detective, own_list, special_list):
    make.hot_plate("0DEM123", hot_list=own_list, entered_by=detective)
    hidden = make.hot_plate("0DEM456", hot_list=special_list, entered_by=detective)
    html = admin.get("/admin/hotlists/hotplate/").content.decode()
    assert "0DEM123" in html
    assert "0DEM456" not in html
    assert "0DEM456" not in admin.get(f"/admin/hotlists/hotplate/{hidden.pk}/change/", follow=True).content.decode()
    assert "admin.view" in actions()


@pytest.mark.parametrize("verb", ["add/", "{pk}/delete/", "{pk}/change/"])
def test_hot_plates_cannot_be_written_in_administration(admin, detective, own_list, verb):
    entry = make.hot_plate(hot_list=own_list, entered_by=detective)
    answer = admin.post(f"/admin/hotlists/hotplate/{verb.format(pk=entry.pk)}", {"plate": "0DEM999", "post": "yes"})
    assert answer.status_code == 403
    assert HotPlate.objects.get().plate == "0DEM123"


def test_a_superuser_without_the_role_sees_no_hot_plates(signed_in, detective, own_list):
    make.hot_plate(hot_list=own_list, entered_by=detective)
    boss = make.user("boss", "system_administrator", is_staff=True, is_superuser=True)
    assert signed_in(boss).get("/admin/hotlists/hotplate/").status_code == 403


def test_hot_plates_are_not_searched_by_plate_in_an_address(admin, detective, own_list):
    make.hot_plate(hot_list=own_list, entered_by=detective)
    assert "0DEM123</" not in admin.get("/admin/hotlists/hotplate/", {"q": "0DEM123"}).content.decode()
