"""What is booked into evidence can be found again and proved whole; then two people may lift its hold as booked."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from audit.actions import Action
from audit.models import User
from audit.refusals import Refused
from detections.models import Booking, Hold
from detections.retention.booking import book
from detections.retention.hold_pages import list_holds, open_hold
from detections.retention.holds import lift, request_lift
from tests import make
from tests.detections.holding import NOON, SHA256, held, receipt
from tests.detections.searching import elk_grove, last_entry


@pytest.fixture
def custodian(db: None) -> User:
    return make.user("custodian", "custodian", trained=False)


def book_it(by: User, hold: Hold, **fields: object) -> Booking:
    return book(by=make.by(by), at=NOON, hold_id=hold.pk, receipt=receipt(**fields))


def test_a_booking_is_kept_with_its_hold_and_on_record(detective: User) -> None:
    hold = held(detective)
    booking = book_it(detective, hold)
    assert (booking.place, booking.number, booking.sha256) == ("evidence.com", "E26-0451", SHA256)
    assert (booking.recorded_by, booking.recorded_at, booking.booked_by) == (detective, NOON, "Badge 2001")
    entry = last_entry()
    assert (entry.action, entry.subject_id) == (Action.HOLD_BOOK, str(hold.pk))
    assert json.loads(entry.clear.detail)["sha256"] == SHA256
    assert open_hold(by=make.by(detective), at=NOON, hold_id=hold.pk).bookings == [booking]
    assert [one.pk for one in list_holds(by=make.by(detective), at=NOON, state="booked")] == [hold.pk]


@pytest.mark.parametrize(
    "fields",
    [
        {"place": " "},
        {"number": ""},
        {"booked_by": ""},
        {"sha256": SHA256[:-1]},
        {"sha256": "g" * 64},
        {"booked_at": NOON + timedelta(seconds=1)},
    ],
)
def test_a_booking_that_could_not_be_found_again_is_refused(detective: User, fields: dict) -> None:
    with pytest.raises(Refused) as caught:
        book_it(detective, held(detective), **fields)
    assert caught.value.refusal.code == last_entry().rule_code == "hold.booking"
    assert caught.value.refusal.citation.section == "462.4"
    assert not Booking.objects.exists()


def test_a_medium_that_there_is_not_is_an_error(detective: User) -> None:
    with pytest.raises(ValueError, match="no such medium"):
        book_it(detective, held(detective), medium="drawer")


def test_a_hold_that_is_not_there_is_not_booked(detective: User) -> None:
    with pytest.raises(Hold.DoesNotExist):
        book(by=make.by(detective), at=NOON, hold_id=uuid4(), receipt=receipt())


def test_the_table_itself_knows_what_a_hash_is(detective: User) -> None:
    booking = book_it(detective, held(detective))
    booking.sha256 = SHA256.upper()
    with pytest.raises(IntegrityError, match="booking_hash_is_sha256"), transaction.atomic():
        booking.save()


def test_as_booked_is_lifted_only_what_was_booked_and_by_two_people(detective: User, custodian: User) -> None:
    elk_grove()
    hold = held(detective)
    ask = {"at": NOON, "hold_id": hold.pk, "reason": "It lies in the evidence room", "ground": "booked"}
    with pytest.raises(Refused) as caught:
        request_lift(by=make.by(detective), **ask)
    assert caught.value.refusal.code == last_entry().rule_code == "hold.not_booked"
    book_it(detective, hold)
    request_lift(by=make.by(detective), **ask)
    with pytest.raises(Refused) as alone:
        lift(by=make.by(detective), at=NOON, hold_id=hold.pk)
    assert alone.value.refusal.code == "hold.two_people"
    done = lift(by=make.by(custodian), at=NOON, hold_id=hold.pk)
    assert (done.lift_ground, done.lift_reason) == ("booked", "It lies in the evidence room")
    assert json.loads(last_entry().clear.detail) == {"ground": "booked"}


def test_a_lifted_hold_takes_no_booking(detective: User, custodian: User) -> None:
    hold = held(detective)
    request_lift(by=make.by(detective), at=NOON, hold_id=hold.pk, reason="The trial is over")
    lift(by=make.by(custodian), at=NOON, hold_id=hold.pk)
    with pytest.raises(Refused) as caught:
        book_it(detective, hold)
    assert caught.value.refusal.code == "hold.state"


def test_a_ground_that_there_is_not_is_an_error(detective: User) -> None:
    with pytest.raises(ValueError, match="no such ground"):
        request_lift(by=make.by(detective), at=NOON, hold_id=held(detective).pk, reason="The trial is over", ground="x")


@pytest.mark.parametrize("person", ["officer", "auditor"])
def test_who_may_not_hold_does_not_book(person: str, detective: User, request: pytest.FixtureRequest) -> None:
    with pytest.raises(Refused) as caught:
        book_it(request.getfixturevalue(person), held(detective))
    assert caught.value.refusal.code == "access.role"
