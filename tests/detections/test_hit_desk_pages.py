"""The pages of the desk: what they show, what they record, and that a refusal keeps what was typed."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from audit import ledger
from audit.models import LedgerEntry
from detections.hits import steps
from detections.models import Hit
from hotlists.models import HotList, HotListImport
from tests import make
from tests.detections import road

DESK = "detections:hit_desk"


@pytest.fixture
def hit(db):
    return road.hit(at=timezone.now())


def page_of(hit):
    return reverse("detections:hit", args=[hit.pk])


def step_of(hit, step):
    return reverse("detections:hit_step", args=[hit.pk, step])


def look(client, hit):
    """Open the picture as the page's own image does."""
    body = client.get(page_of(hit)).content.decode()
    assert client.get(re.search(r'<img src="([^"]+)"', body)[1]).status_code == 200


def test_the_desk_shows_the_hit_and_records_the_look(hit, dispatcher, signed_in):
    page = signed_in(dispatcher).get(reverse(DESK))
    body = page.content.decode()
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    for words in ("0DEM123", "Stolen vehicle", "CAM-01", "Take it", hit.hot_plate.reason):
        assert words in body
    record = LedgerEntry.objects.get(action="hit.list")
    assert (record.username, record.result_count, record.purpose) == ("dispatcher", 1, "hit response")


def test_the_live_part_is_the_same_list_and_a_look_of_its_own(hit, dispatcher, signed_in):
    client = signed_in(dispatcher)
    body = client.get(reverse("detections:hit_list"), headers={"HX-Request": "true"}).content.decode()
    assert "0DEM123" in body
    assert "<html" not in body
    assert LedgerEntry.objects.filter(action="hit.list").count() == 1


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", {"new", "mine"}),
        ("?show=new", {"new"}),
        ("?show=mine", {"mine"}),
        ("?show=closed", {"closed"}),
        ("?camera=CAM-02", set()),
        ("?show=open&camera=CAM-01", {"new", "mine"}),
        ("?show='--", {"new", "mine"}),
        ("?camera=%00", {"new", "mine"}),
    ],
)
def test_filters(query, seen, dispatcher, signed_in):
    plates = {"new": "0DEM101", "mine": "0DEM102", "closed": "0DEM103"}
    road.hit(plates["new"])
    road.taken(dispatcher, plate=plates["mine"])
    closed = road.checked(dispatcher, plate=plates["closed"], result="misread")
    steps.dispose_hit(hit_id=closed.pk, disposition="misread", by=make.by(dispatcher), at=timezone.now())
    body = signed_in(dispatcher).get(reverse(DESK) + query).content.decode()
    assert {kind for kind, plate in plates.items() if plate in body} == seen


def test_the_number_of_queries_does_not_grow_with_the_hits(dispatcher, signed_in, django_assert_max_num_queries):
    for number in range(12):
        road.hit(f"0DEM1{number:02}", picture=False)
    client = signed_in(dispatcher)
    with django_assert_max_num_queries(30) as few:
        client.get(reverse(DESK))
    first = len(few)
    for number in range(20, 40):
        road.hit(f"0DEM1{number:02}", picture=False)
    with django_assert_max_num_queries(first):
        client.get(reverse(DESK))


def test_the_hit_shows_read_and_entry_side_by_side(hit, dispatcher, signed_in):
    body = signed_in(dispatcher).get(page_of(hit)).content.decode()
    for words in ("A hit is a lead, not a basis for a stop (D.4)", "26-123456", hit.hot_plate.reason, "Take this hit"):
        assert words in body
    record = LedgerEntry.objects.get(action="hit.view")
    assert (record.subject_id, record.clear.subject_label) == (str(hit.pk), "0DEM123")


def test_no_plate_in_title_or_address(hit, dispatcher, signed_in):
    client = signed_in(dispatcher)
    for page in (client.get(reverse(DESK)), client.get(page_of(hit))):
        body = page.content.decode()
        assert "0DEM123" not in re.search(r"<title>(.*?)</title>", body, re.DOTALL)[1]
        assert not any(
            "0DEM123" in address for address in re.findall(r'(?:href|src|action|hx-get|data-[\w-]+)="([^"]*)"', body)
        )


def test_the_whole_road_by_its_forms(hit, dispatcher, signed_in):
    client = signed_in(dispatcher)
    assert client.post(step_of(hit, "take"))["Location"] == page_of(hit)
    look(client, hit)
    for step, given in [
        ("check", {"result": "correct"}),
        ("verify", {"clets": "confirmed", "ncic": "confirmed"}),
        ("broadcast", road.DETAILS),
        ("close", {"disposition": "stop", "independent_basis": road.BASIS}),
    ]:
        assert client.post(step_of(hit, step), given)["Location"] == page_of(hit), step
    hit.refresh_from_db()
    assert (hit.status, hit.disposition) == ("closed", "stop")
    body = client.get(page_of(hit)).content.decode()
    assert "This hit is closed: vehicle stopped." in body
    assert road.BASIS in body


def test_a_refusal_is_shown_in_the_page_and_keeps_what_was_typed(hit, dispatcher, signed_in):
    client = signed_in(dispatcher)
    client.post(step_of(hit, "take"))
    typed = {"disposition": "stop", "independent_basis": "Driver ran a red light & fled", "recovery_call": "26-9"}
    page = client.post(step_of(hit, "close"), typed)
    body = page.content.decode()
    assert page.status_code == 403
    assert "hit.unverified" in body
    assert "Driver ran a red light &amp; fled" in body
    assert 'value="26-9"' in body
    assert Hit.objects.get().status == "taken"


def test_an_officer_who_verifies_is_shown_d5b(hit, officer, signed_in):
    client = signed_in(officer)
    client.post(step_of(hit, "take"))
    page = client.post(step_of(hit, "verify"), {"clets": "confirmed", "ncic": "confirmed"})
    assert page.status_code == 403
    assert "hit.verifier" in page.content.decode()
    assert "D.5.b" in page.content.decode()


def test_a_form_without_its_answer_is_422(hit, dispatcher, signed_in):
    client = signed_in(dispatcher)
    client.post(step_of(hit, "take"))
    for step, given in [("check", {}), ("check", {"result": "stolen"}), ("close", {}), ("verify", {"clets": "text"})]:
        assert client.post(step_of(hit, step), given).status_code == 422
    assert Hit.objects.get().status == "taken"


def test_a_broadcast_of_another_vehicle_warns(dispatcher, signed_in):
    now = timezone.now()
    hit = road.hit(at=now, hot_plate=make.hot_plate(at=now, vehicle_description="black Honda"))
    client = signed_in(dispatcher)
    client.post(step_of(hit, "take"))
    body = client.post(step_of(hit, "broadcast"), road.DETAILS, follow=True).content.decode()
    assert "The vehicle seen is not the one entered" in body


def test_giving_back_leads_to_the_desk(hit, dispatcher, signed_in):
    client = signed_in(dispatcher)
    client.post(step_of(hit, "take"))
    assert client.post(step_of(hit, "release"))["Location"] == reverse(DESK)


def test_hidden_and_missing_hits_look_alike(dispatcher, signed_in):
    special = make.hot_list("Narcotics", kind="special")
    hidden = road.hit(hot_plate=make.hot_plate(hot_list=special))
    client, gone = signed_in(dispatcher), "01900000-0000-7000-8000-000000000000"
    for pk in (hidden.pk, gone):
        assert client.get(reverse("detections:hit", args=[pk])).status_code == 404
        assert client.post(reverse("detections:hit_step", args=[pk, "take"])).status_code == 404
        assert client.post(reverse("detections:hit_step", args=[pk, "close"])).status_code == 404
    assert Hit.objects.get().status == "new"


def test_a_step_is_posted_and_known(hit, dispatcher, signed_in):
    client = signed_in(dispatcher)
    assert client.get(step_of(hit, "take")).status_code == 405
    assert client.post(step_of(hit, "delete")).status_code == 404


@pytest.mark.parametrize("who", ["auditor", "untrained", "outsider", "clerk"])
def test_others_are_refused_and_recorded(who, hit, signed_in, request):
    client = signed_in(request.getfixturevalue(who))
    pages = [client.get(reverse(DESK)), client.get(reverse("detections:hit_list")), client.get(page_of(hit))]
    pages += [client.post(step_of(hit, "take")), client.get(reverse("detections:hit_stream"))]
    assert [page.status_code for page in pages] == [403] * 5
    assert not any(b"0DEM123" in page.content for page in pages)
    refused = LedgerEntry.objects.filter(outcome="refused").values_list("action", flat=True)
    assert {"hit.list", "hit.view", "hit.take"} <= set(refused)


def test_the_public_is_sent_to_sign_in(hit, client):
    for address in (reverse(DESK), reverse("detections:hit_stream"), page_of(hit)):
        assert client.get(address).status_code == 302


def desk_take(hit):
    return reverse("detections:take_at_desk", args=[hit.pk])


def test_a_hit_taken_at_the_desk_answers_with_its_new_card(hit, dispatcher, signed_in):
    answer = signed_in(dispatcher).post(desk_take(hit))
    assert answer.status_code == 200
    assert answer.json()["id"] == str(hit.pk)
    assert 'data-status="taken"' in answer.json()["html"]
    record = LedgerEntry.objects.get(action="hit.take")
    assert (record.username, record.subject_id) == ("dispatcher", str(hit.pk))


def test_who_comes_second_at_the_desk_is_told_who_has_it(dispatcher, signed_in):
    owner = make.user("owner", "dispatcher", first_name="Dana", last_name="Desk")
    hit = road.taken(owner)
    answer = signed_in(dispatcher).post(desk_take(hit))
    assert answer.status_code == 403
    said = answer.json()
    assert (said["words"], said["code"]) == ("Dana Desk has this hit.", "hit.taken")
    assert said["record"] == LedgerEntry.objects.get(action="hit.take", outcome="refused").index
    assert "0DEM123" not in answer.content.decode()


def test_without_a_ledger_nothing_is_taken_at_the_desk(hit, dispatcher, signed_in, monkeypatch):
    def unwritable(*args, **kwargs):
        raise ledger.LedgerUnavailable("OperationalError")

    client = signed_in(dispatcher)
    monkeypatch.setattr(ledger, "_append", unwritable)
    answer = client.post(desk_take(hit))
    assert answer.status_code == 503
    assert "0DEM123" not in answer.content.decode()
    hit.refresh_from_db()
    assert hit.taken_by is None


def test_hidden_hits_are_not_there_to_take_at_the_desk(dispatcher, signed_in):
    special = make.hot_list("Narcotics", kind="special")
    hidden = road.hit(hot_plate=make.hot_plate(hot_list=special))
    client = signed_in(dispatcher)
    assert client.post(desk_take(hidden)).status_code == 404
    assert client.get(desk_take(hidden)).status_code == 405


@pytest.mark.parametrize(("minutes", "says"), [(60, True), (61, False)])
def test_a_card_says_when_its_list_is_out_of_date(minutes, says, dispatcher, signed_in, monkeypatch):
    """An interval of 60 minutes is over when 60 minutes have passed."""
    now = timezone.now()
    listed = make.hot_list()
    taken_in = HotListImport.objects.create(
        hot_list=listed,
        status="live",
        layout="generic",
        origin="api",
        handed_in_at=now,
        name="list.csv",
        size=1,
        live_from=now - timedelta(minutes=60),
    )
    listed.source.refresh_minutes = minutes
    listed.source.save()
    HotList.objects.filter(pk=listed.pk).update(live_import=taken_in)
    road.hit(at=now, hot_plate=make.hot_plate(at=now))
    body = signed_in(dispatcher).get(reverse(DESK)).content.decode()
    assert ("List out of date" in body) is says


def test_informational_hits_stand_apart(dispatcher, signed_in):
    special = make.hot_list("Narcotics", kind="special")
    assign_perm("hotlists.see_hits", dispatcher, special)
    road.hit("0DEM101", hot_plate=make.hot_plate("0DEM101", hot_list=special))
    road.hit("0DEM102")
    client = signed_in(dispatcher)
    among_open = client.get(reverse(DESK)).content.decode()
    apart = client.get(reverse(DESK) + "?show=information").content.decode()
    assert ("0DEM101" in among_open, "0DEM102" in among_open) == (False, True)
    assert ("0DEM101" in apart, "0DEM102" in apart) == (True, False)
    assert "Information only (I.1)." in apart
    for body in (among_open, apart):
        assert re.findall(r'data-count="(\w+)">(\d+)<', body)[:4] == [
            ("open", "1"),
            ("new", "1"),
            ("mine", "0"),
            ("information", "1"),
        ]
