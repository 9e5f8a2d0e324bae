"""Doors of holds: from reads, a search or a window to a hold, its page, its review, its booking and its end."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from audit.actions import Action
from audit.models import User
from cameras.models import Camera
from detections.models import Booking, HeldRead, Hold, Search
from detections.read_choice import choose, chosen
from detections.retention.held_reads import StoreBusy
from detections.searching.time_limit import SearchTooSlow
from tests import make
from tests.detections.holding import SHA256, destroy, held
from tests.detections.searching import elk_grove, kept_search, last_entry

BOOKING = {
    "booking-medium": "repository",
    "booking-place": "evidence.com",
    "booking-number": "E26-0451",
    "booking-sha256": SHA256,
    "booking-booked_by": "Badge 2001",
    "booking-booked_at": "2026-06-01T12:00",
}


@pytest.fixture
def custodian(db: None) -> User:
    return make.user("custodian", "custodian", trained=False)


def terms(**fields: object) -> dict:
    review = timezone.localdate() + timedelta(days=60)
    defaults = {
        "case_number": "26-123456",
        "kind": "evidence",
        "proceeding": "criminal",
        "reason": "Evidence in the Elm Street case",
        "review_on": review.isoformat(),
    }
    return defaults | fields


def test_ticked_reads_lead_to_the_form_and_then_to_a_hold(detective: User, signed_in) -> None:
    read = make.detection(at=timezone.now() - timedelta(hours=1))
    client = signed_in(detective)
    page = client.post("/holds/new/", {"read": [choose(read.ref)], "from_case": "26-123456"})
    text = page.content.decode()
    assert "Hold 1 read" in text
    assert 'value="26-123456"' in text
    assert "0DEM123" not in text
    assert not Hold.objects.exists()
    done = client.post("/holds/new/", terms(read=[choose(read.ref)]))
    assert (done.status_code, done["Location"]) == (302, "/holds/")
    assert HeldRead.objects.get().detection == read
    assert "26-123456" in client.get("/holds/").content.decode()


def test_a_refused_hold_keeps_what_was_typed(detective: User, signed_in) -> None:
    read = make.detection(at=timezone.now() - timedelta(hours=1))
    page = signed_in(detective).post("/holds/new/", terms(read=[choose(read.ref)], reason="because"))
    text = page.content.decode()
    assert page.status_code == 403
    assert "hold.reason" in text
    carried = page.context["choices"]
    assert chosen(carried) == [read.ref]
    assert f'value="{carried[0]}"' in text


@pytest.mark.parametrize("fields", [{"review_on": "soon"}, {"kind": "whim"}, {"proceeding": ""}])
def test_what_is_no_hold_comes_back_as_an_error(detective: User, signed_in, fields: dict) -> None:
    read = make.detection(at=timezone.now() - timedelta(hours=1))
    assert signed_in(detective).post("/holds/new/", terms(read=[choose(read.ref)], **fields)).status_code == 422


def test_what_is_no_id_of_a_read_is_a_bad_request(detective: User, signed_in) -> None:
    assert signed_in(detective).post("/holds/new/", terms(read=["x"])).status_code == 400


def test_one_asks_and_another_lifts(detective: User, custodian: User, signed_in) -> None:
    read = make.detection(at=timezone.now() - timedelta(hours=1))
    first, second = signed_in(detective), signed_in(custodian)
    first.post("/holds/new/", terms(read=[choose(read.ref)]))
    hold = Hold.objects.get()
    assert first.post(f"/holds/{hold.pk}/request-lift/", {"reason": "The trial is over"}).status_code == 302
    assert first.post(f"/holds/{hold.pk}/lift/").status_code == 403
    assert "lift asked for" in second.get("/holds/").content.decode()
    assert second.post(f"/holds/{hold.pk}/lift/").status_code == 302
    hold.refresh_from_db()
    assert hold.lifted_by == custodian
    assert "lifted" in second.get("/holds/").content.decode()


@pytest.mark.parametrize("door", ["request-lift", "lift"])
def test_a_hold_that_is_not_there_is_not_found(detective: User, signed_in, door: str) -> None:
    assert signed_in(detective).post(f"/holds/{uuid4()}/{door}/", {"reason": "over and done with"}).status_code == 404


@pytest.mark.parametrize("person", ["officer", "dispatcher", "auditor", "outsider"])
def test_who_may_not_hold_sees_no_holds(person: str, signed_in, request: pytest.FixtureRequest) -> None:
    assert signed_in(request.getfixturevalue(person)).get("/holds/").status_code == 403
    assert (last_entry().action, last_entry().rule_code) == (Action.HOLD_LIST, "access.role")


@pytest.mark.parametrize("address", ["/holds/", "/holds/new/", "/holds/window/"])
def test_without_a_sign_in_there_is_nothing(client: Client, db: None, address: str) -> None:
    assert client.get(address).status_code == 302


@pytest.fixture
def search(detective: User) -> Search:
    """The detective's own search, and a read that it finds."""
    make.detection(at=timezone.now() - timedelta(hours=1))
    return kept_search(detective, at=timezone.now(), record_index=1)


def test_a_search_leads_to_a_form_that_says_what_it_found_and_then_to_a_hold(
    detective: User, search: Search, signed_in
) -> None:
    client = signed_in(detective)
    page = client.post("/holds/new/", {"all_of": search.pk, "from_case": "26-123456"})
    text = page.content.decode()
    assert "Hold all that a search finds" in text
    assert "It found 1 " in text
    assert "0DEM123" not in text
    done = client.post("/holds/new/", terms(all_of=search.pk), follow=True)
    assert "1 read is kept" in done.content.decode()
    assert Hold.objects.get().origin == "search"


def test_another_persons_search_is_refused_and_told_nothing_of(search: Search, signed_in) -> None:
    client = signed_in(make.user("other", "detective"))
    assert "It found" not in client.post("/holds/new/", {"all_of": search.pk}).content.decode()
    page = client.post("/holds/new/", terms(all_of=search.pk))
    assert page.status_code == 403
    assert "hold.search" in page.content.decode()


def window_terms(camera: Camera, **fields: object) -> dict:
    now = timezone.localtime()
    times = {"from_at": now - timedelta(hours=2), "to_at": now + timedelta(hours=1)}
    typed = {name: at.strftime("%Y-%m-%dT%H:%M") for name, at in times.items()}
    return terms(**{"cameras": [camera.pk]} | typed | fields)


def test_a_window_is_held_from_its_form(detective: User, signed_in) -> None:
    read = make.detection(at=timezone.now() - timedelta(hours=1))
    client = signed_in(detective)
    assert "CAM-01" in client.get("/holds/window/").content.decode()
    done = client.post("/holds/window/", window_terms(read.camera))
    assert (done.status_code, done["Location"]) == (302, "/holds/")
    hold = Hold.objects.get()
    text = client.get(f"/holds/{hold.pk}/").content.decode()
    assert "hold.unsearched" in text
    assert "CAM-01" in text
    assert "0DEM123" not in text


def test_a_refused_window_keeps_what_was_typed(detective: User, signed_in) -> None:
    camera = make.camera(approver=detective)
    client = signed_in(detective)
    nothing = client.post("/holds/window/", window_terms(camera))
    assert nothing.status_code == 403
    assert "This window finds no read now" in nothing.content.decode()
    assert "Evidence in the Elm Street case" in nothing.content.decode()
    assert client.post("/holds/window/", window_terms(camera, to_at="soon")).status_code == 422
    assert "hold.window" in client.post("/holds/window/", window_terms(camera, cameras=[])).content.decode()


@pytest.mark.parametrize("person", ["officer", "auditor", "outsider"])
def test_who_may_not_hold_opens_no_form_of_a_window(person: str, signed_in, request: pytest.FixtureRequest) -> None:
    assert signed_in(request.getfixturevalue(person)).get("/holds/window/").status_code == 403
    assert (last_entry().action, last_entry().rule_code) == (Action.HOLD_PLACE, "access.role")


def test_elk_groves_form_asks_for_the_belief_and_sacramentos_has_no_such_ground(detective: User, signed_in) -> None:
    client = signed_in(detective)
    assert "Reasonably believed" not in client.get("/holds/window/").content.decode()
    elk_grove()
    read = make.detection(at=timezone.now() - timedelta(hours=1))
    typed = terms(read=[choose(read.ref)], kind="anticipated")
    page = client.post("/holds/new/", typed)
    assert page.status_code == 403
    assert "hold.belief" in page.content.decode()
    belief = "The owner has announced a claim against the city"
    assert client.post("/holds/new/", typed | {"belief": belief}).status_code == 302
    assert belief in client.get(f"/holds/{Hold.objects.get().pk}/").content.decode()


def test_a_belief_typed_under_another_ground_is_not_kept(detective: User, signed_in) -> None:
    elk_grove()
    read = make.detection(at=timezone.now() - timedelta(hours=1))
    signed_in(detective).post("/holds/new/", terms(read=[choose(read.ref)], belief="It might matter one day"))
    assert Hold.objects.get().belief == ""


@pytest.fixture
def hold(detective: User) -> Hold:
    now = timezone.now()
    return held(detective, make.detection(at=now), at=now, review_on=timezone.localdate() + timedelta(days=30))


def test_the_page_of_a_hold_shows_its_reads_and_leads_to_them(detective: User, hold: Hold, signed_in) -> None:
    client = signed_in(detective)
    page = client.get(f"/holds/{hold.pk}/")
    assert "0DEM123" in page.content.decode()
    assert "original and copy" in page.content.decode()
    token = page.context["rows"][0].token
    read = hold.held_reads.get().detection_id
    assert "0DEM123" in client.get(f"/reads/{read}/", {"t": token}).content.decode()
    assert (last_entry().action, last_entry().purpose) == (Action.READ_VIEW, "retention")
    destroy(hold.held_reads.get().detection)
    assert "copy, the original is gone" in client.get(f"/holds/{hold.pk}/").content.decode()


@pytest.mark.parametrize("page", ["9" * 5_000, "0", "-1", "x", "\0"])
def test_a_page_that_there_is_not_is_the_nearest_one(detective: User, hold: Hold, signed_in, page: str) -> None:
    assert signed_in(detective).get(f"/holds/{hold.pk}/", {"page": page}).status_code == 200


def test_the_untrained_custodian_reviews_and_books_without_seeing_a_plate(
    custodian: User, hold: Hold, signed_in
) -> None:
    client = signed_in(custodian)
    text = client.get(f"/holds/{hold.pk}/").content.decode()
    assert "access.training" in text
    assert "0DEM123" not in text
    next_on = timezone.localdate() + timedelta(days=200)
    review = {"review-words": "The trial begins in May", "review-next_on": next_on.isoformat()}
    assert client.post(f"/holds/{hold.pk}/review/", review).status_code == 302
    assert client.post(f"/holds/{hold.pk}/book/", BOOKING).status_code == 302
    text = client.get(f"/holds/{hold.pk}/").content.decode()
    assert "The trial begins in May" in text
    assert "E26-0451" in text
    assert 'chip--done">booked' in client.get("/holds/").content.decode()


def test_what_a_refused_act_typed_comes_back(detective: User, hold: Hold, signed_in) -> None:
    client = signed_in(detective)
    refused = client.post(f"/holds/{hold.pk}/book/", BOOKING | {"booking-sha256": "abc"})
    assert refused.status_code == 403
    assert "hold.booking" in refused.content.decode()
    assert "E26-0451" in refused.content.decode()
    unread = client.post(
        f"/holds/{hold.pk}/review/", {"review-words": "Still needed for trial", "review-next_on": "soon"}
    )
    assert unread.status_code == 422
    assert "Still needed for trial" in unread.content.decode()
    early = client.post(f"/holds/{hold.pk}/request-lift/", {"reason": "It is all booked", "ground": "booked"})
    assert early.status_code == 403
    assert "hold.not_booked" in early.content.decode()


def test_a_booked_hold_is_lifted_as_booked(detective: User, custodian: User, hold: Hold, signed_in) -> None:
    first, second = signed_in(detective), signed_in(custodian)
    spaced = " ".join(SHA256[at : at + 8] for at in range(0, 64, 8)).upper()
    first.post(f"/holds/{hold.pk}/book/", BOOKING | {"booking-sha256": spaced})
    assert Booking.objects.get().sha256 == SHA256
    first.post(f"/holds/{hold.pk}/request-lift/", {"reason": "It is all booked", "ground": "booked"})
    assert "You asked, so another person lifts it" in first.get(f"/holds/{hold.pk}/").content.decode()
    second.post(f"/holds/{hold.pk}/lift/")
    text = second.get("/holds/", {"state": "lifted"}).content.decode()
    assert "Booked into evidence" in text


def test_the_list_is_cut_by_case_and_state_and_says_what_is_overdue(detective: User, hold: Hold, signed_in) -> None:
    Hold.objects.update(review_on=timezone.localdate() - timedelta(days=3))
    client = signed_in(detective)
    text = client.get("/holds/", {"state": "due", "case": hold.case_number}).content.decode()
    assert "overdue 3 days" in text
    assert "1 hold</strong> below is due for review" in text
    assert "No hold like that" in client.get("/holds/", {"state": "asked"}).content.decode()
    Hold.objects.update(review_on=timezone.localdate())
    assert "due today" in client.get("/holds/").content.decode()


@pytest.mark.parametrize("cut", [{"case": "0DEM123"}, {"state": "whim"}])
def test_a_cut_that_there_is_not_shows_all(detective: User, hold: Hold, signed_in, cut: dict) -> None:
    text = signed_in(detective).get("/holds/", cut).content.decode()
    assert f'href="/holds/{hold.pk}/"' in text


def test_without_a_hold_the_list_says_how_to_place_one(detective: User, signed_in) -> None:
    assert "Tick reads in a search result" in signed_in(detective).get("/holds/").content.decode()


@pytest.mark.parametrize("busy", [StoreBusy, SearchTooSlow])
def test_a_hold_that_takes_too_long_says_that_nothing_was_held(
    detective: User, signed_in, monkeypatch: pytest.MonkeyPatch, busy: type[Exception]
) -> None:
    def fail(**_: object) -> None:
        raise busy

    monkeypatch.setattr("detections.retention.holds.hold_window", fail)
    page = signed_in(detective).post("/holds/window/", window_terms(make.camera(approver=detective)))
    assert page.status_code == 503
    assert "Nothing was held" in page.content.decode()


def test_a_page_number_that_is_none_opens_the_first(detective: User, hold: Hold, signed_in) -> None:
    assert signed_in(detective).get(f"/holds/{hold.pk}/?page=x").status_code == 200
