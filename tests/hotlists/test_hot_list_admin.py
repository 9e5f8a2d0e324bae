"""Administration of lists: who and why, rights per list on record, hot plates to be seen only by those who may."""

import pytest
from django.utils import timezone

from audit import rules
from audit.models import LedgerEntry
from hotlists.models import HotList, HotListSource, HotPlate
from tests import make


@pytest.fixture
def admin(administrator, signed_in):
    return signed_in(administrator)


def actions():
    return list(LedgerEntry.objects.order_by("index").values_list("action", flat=True))


def test_a_changed_source_says_who_and_why_on_record(admin, administrator):
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
    assert (special_list.name, special_list.kind) == ("Street racing crews", HotList.Kind.SPECIAL)


@pytest.mark.parametrize("right", ["", "user-manage/{pk}/", "group-manage/{pk}/"])
def test_the_right_to_see_a_list_is_given_on_its_own_page_only(admin, officer, special_list, right):
    page = f"/admin/hotlists/hotlist/{special_list.pk}/permissions/{right.format(pk=officer.pk)}"
    answer = admin.post(page, {"permissions": "see_hits"})
    assert (answer.status_code, answer["Location"]) == (302, f"/hot-lists/{special_list.pk}/access/")
    assert special_list not in HotList.objects.visible_to(officer, make.NOON)


def test_no_special_list_is_made_in_administration(admin, special_list):
    data = {"name": "gotta-catch-them-all", "kind": "special", "source": special_list.source_id, "why": "Because"}
    admin.post("/admin/hotlists/hotlist/add/", data)
    assert HotList.objects.get(name="gotta-catch-them-all").kind == HotList.Kind.ORDINARY


def test_why_a_list_is_changed_is_not_what_the_list_is_for(admin, special_list):
    HotList.objects.filter(pk=special_list.pk).update(why="Street racing at the port")
    data = {"name": "Crews", "source": special_list.source_id, "why": "Renamed"}
    page = f"/admin/hotlists/hotlist/{special_list.pk}/change/"
    assert admin.get(page).status_code == 200
    assert admin.post(page, data).status_code == 302
    special_list.refresh_from_db()
    assert (special_list.name, special_list.why) == ("Street racing crews", "Street racing at the port")
    assert special_list.history.first().history_change_reason == "Renamed"


def test_hot_plates_are_seen_with_a_record_but_special_ones_only_by_grant(admin, detective, own_list, special_list):
    make.hot_plate("0DEM123", hot_list=own_list, entered_by=detective)
    hidden = make.hot_plate("0DEM456", hot_list=special_list, entered_by=detective)
    html = admin.get("/admin/hotlists/hotplate/").content.decode()
    assert "0DEM123" in html
    assert "0DEM456" not in html
    assert "0DEM456" not in admin.get(f"/admin/hotlists/hotplate/{hidden.pk}/change/", follow=True).content.decode()
    assert "admin.view" in actions()


@pytest.mark.parametrize("verb", ["{pk}/delete/", "{pk}/change/"])
def test_a_hot_plate_is_neither_changed_nor_deleted_in_administration(admin, detective, own_list, verb):
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


def newest():
    return LedgerEntry.objects.order_by("-index").first()


@pytest.mark.parametrize("asked", ["plate=0DEM123", "plate__startswith=0", "hot_list__hot_plates__plate=0DEM123"])
def test_hot_plates_are_not_filtered_by_plate_in_an_address(admin, detective, own_list, asked):
    make.hot_plate("0DEM123", hot_list=own_list, entered_by=detective)
    assert admin.get(f"/admin/hotlists/hotplate/?{asked}").status_code == 400


def test_a_list_of_hot_plates_is_recorded_with_what_was_asked_and_how_many_were_seen(admin, detective, own_list):
    make.hot_plate(hot_list=own_list, entered_by=detective)
    admin.get("/admin/hotlists/hotplate/", {"category__exact": "stolen_vehicle", "q": "26-123456"})
    entry = newest()
    assert (entry.action, entry.outcome, entry.result_count) == ("admin.view", "allowed", 1)
    assert entry.clear.query_elements == {"category__exact": "stolen_vehicle", "q": "26-123456"}
    admin.get("/admin/hotlists/hotplate/", {"q": "26-999999"})
    assert newest().outcome == "empty"


@pytest.mark.parametrize("page", ["change", "history"])
def test_an_opened_hot_plate_is_recorded_with_its_plate(admin, detective, own_list, page):
    entry = make.hot_plate("0DEM123", hot_list=own_list, entered_by=detective)
    assert admin.get(f"/admin/hotlists/hotplate/{entry.pk}/{page}/").status_code == 200
    assert newest().clear.query_elements["plate"] == "0DEM123"
    assert (newest().subject_id, newest().result_count) == (str(entry.pk), 1)


@pytest.mark.parametrize("page", ["", "{pk}/change/", "{pk}/history/"])
def test_an_untrained_administrator_is_refused_hot_plates_on_record(signed_in, detective, own_list, page):
    entry = make.hot_plate("0DEM123", hot_list=own_list, entered_by=detective)
    green = make.user("green", "alpr_administrator", trained=False, is_staff=True)
    answer = signed_in(green).get(f"/admin/hotlists/hotplate/{page.format(pk=entry.pk)}")
    assert answer.status_code == 403
    assert "0DEM123" not in answer.content.decode()
    assert (newest().outcome, newest().rule_code) == ("refused", rules.UNTRAINED.code)


def test_values_of_a_list_are_not_put_back_from_its_history(admin, special_list):
    old = special_list.history.first()
    data = {"name": "Other", "kind": "ordinary", "source": special_list.source_id, "why": "Back"}
    page = f"/admin/hotlists/hotlist/{special_list.pk}/history/{old.pk}/"
    assert admin.post(page, data).status_code == 403
    special_list.refresh_from_db()
    assert special_list.kind == HotList.Kind.SPECIAL


def chosen(*entries, **more):
    return {"action": "withdraw_chosen", "_selected_action": [str(entry.pk) for entry in entries]} | more


LIST = "/admin/hotlists/hotplate/"


def test_withdrawing_the_chosen_asks_why_and_then_withdraws_each_by_the_verb(admin, administrator, detective):
    first, second, left = (
        make.hot_plate(plate, at=timezone.now(), entered_by=detective) for plate in ("0DEM123", "0DEM456", "0DEM789")
    )
    page = admin.post(LIST, chosen(first, second)).content.decode()
    assert "0DEM123" in page
    assert "0DEM789" not in page
    assert (newest().action, newest().result_count) == ("admin.view", 1)
    assert not HotPlate.objects.exclude(withdrawn_at=None).exists()
    answer = admin.post(LIST, chosen(first, second, reason="Both vehicles recovered"), follow=True)
    assert "2 withdrawn" in answer.content.decode()
    gone = HotPlate.objects.filter(withdrawn_by=administrator, withdrawn_reason="Both vehicles recovered")
    assert set(gone) == {first, second}
    assert HotPlate.objects.filter(pk=left.pk, withdrawn_at=None).exists()
    assert actions().count("hot_plate.withdraw") == 2


def test_a_refused_withdrawal_in_administration_is_told_and_stops_no_other(admin, detective, special_list):
    ended = make.hot_plate("0DEM123", entered_by=detective)  # NOON lies in the past
    hidden = make.hot_plate("0DEM456", at=timezone.now(), entered_by=detective, hot_list=special_list)
    live = make.hot_plate("0DEM789", at=timezone.now(), entered_by=detective)
    answer = admin.post(LIST, chosen(ended, hidden, live, reason="Vehicle recovered"), follow=True)
    told = answer.content.decode()
    assert "1 withdrawn" in told
    assert "reached its end already" in told
    assert "no such hot plate" in told
    assert list(HotPlate.objects.exclude(withdrawn_at=None)) == [live]


@pytest.mark.parametrize("ids", [[], ["x"], ["' OR 1=1"]])
def test_choosing_nothing_or_nonsense_withdraws_nothing(admin, detective, ids):
    make.hot_plate(at=timezone.now(), entered_by=detective)
    data = {"action": "withdraw_chosen", "_selected_action": ids, "reason": "Vehicle recovered"}
    assert admin.post(LIST, data).status_code == 302
    assert not HotPlate.objects.exclude(withdrawn_at=None).exists()


def test_who_only_runs_the_machine_is_offered_no_withdrawal(signed_in, detective):
    entry = make.hot_plate(at=timezone.now(), entered_by=detective)
    clerk = make.user("boss", "system_administrator", is_staff=True, is_superuser=True)
    assert signed_in(clerk).post(LIST, chosen(entry, reason="Vehicle recovered")).status_code == 403
    assert not HotPlate.objects.exclude(withdrawn_at=None).exists()
