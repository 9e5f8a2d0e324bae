"""Renewing: a new record with a new reason that points to the old one (E.2)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from audit.refusals import Refused
from hotlists import operations
from hotlists.models import HotPlate
from tests import make
from tests.make import NOON

NEW = "Seen again near the Elm Street garage"
DAY = timedelta(hours=24)


def renew(entry, by, at=NOON, reason=NEW, life=DAY):
    return operations.renew_hot_plate(entry_id=entry.pk, reason=reason, life=life, by=make.by(by), at=at)


def test_a_renewal_is_a_new_entry_that_takes_the_live_ones_place(detective, last_record):
    old = make.hot_plate(entered_by=detective, state="CA", vehicle_description="White van")
    new = renew(old, detective)
    old.refresh_from_db()
    assert (new.renewal_of, new.plate, new.case_number, new.vehicle_description) == (
        old,
        old.plate,
        "26-123456",
        "White van",
    )
    assert (new.reason, new.expires_at) == (NEW, NOON + DAY)
    assert (old.withdrawn_at, old.withdrawn_reason) == (NOON, operations.RENEWED)
    assert list(HotPlate.objects.active(NOON)) == [new]
    assert (last_record().action, last_record().subject_id) == ("hot_plate.renew", str(new.pk))


def test_one_that_ended_can_be_renewed_and_stays_as_it_was(detective):
    old = make.hot_plate(entered_by=detective)
    new = renew(old, detective, at=old.expires_at + timedelta(hours=2))
    old.refresh_from_db()
    assert old.withdrawn_at is None
    assert new.effective_from == old.expires_at + timedelta(hours=2)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": "Stolen from the Elm Street garage last night"}, "hot_plate.same_reason"),
        ({"reason": "more time"}, "hot_plate.reason_vague"),
        ({"reason": ""}, "hot_plate.reason_missing"),
        ({"life": DAY + timedelta(milliseconds=1)}, "hot_plate.life"),
    ],
)
def test_a_wrong_renewal_leaves_the_old_entry_live(detective, changes, code, last_record):
    old = make.hot_plate(entered_by=detective)
    with pytest.raises(Refused) as caught:
        renew(old, detective, **changes)
    assert caught.value.refusal.code == last_record().rule_code == code
    assert list(HotPlate.objects.active(NOON)) == [old]


def test_an_entry_is_renewed_once(detective):
    old = make.hot_plate(entered_by=detective)
    renew(old, detective)
    with pytest.raises(Refused) as caught:
        renew(old, detective, reason="Seen a third time on Broadway")
    assert caught.value.refusal.code == "hot_plate.not_renewable"


def test_a_withdrawn_entry_is_not_renewed(detective):
    old = make.hot_plate(
        entered_by=detective, withdrawn_at=NOON, withdrawn_by=detective, withdrawn_reason="Vehicle recovered"
    )
    with pytest.raises(Refused) as caught:
        renew(old, detective)
    assert caught.value.refusal.code == "hot_plate.not_renewable"


def test_an_ended_entry_whose_plate_was_entered_afresh_is_not_renewed_beside_it(detective):
    old = make.hot_plate(entered_by=detective)
    make.hot_plate(entered_by=detective, effective_from=old.expires_at, expires_at=old.expires_at + DAY)
    with pytest.raises(Refused) as caught:
        renew(old, detective, at=old.expires_at)
    assert caught.value.refusal.code == "hot_plate.duplicate"


def test_noting_the_state_entry_completes_the_hot_plate(detective, last_record):
    entry = make.hot_plate(entered_by=detective)
    operations.record_system_entry(
        entry_id=entry.pk, system="SVS", entry_number=" 4711 ", by=make.by(detective), at=NOON
    )
    entry.refresh_from_db()
    assert (entry.system, entry.system_entry_number, entry.system_entered_at) == ("SVS", "4711", NOON)
    assert last_record().action == "hot_plate.echo"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_enter_the_same_plate_at_once_one_is_refused():
    people = [make.user("first", "detective"), make.user("second", "detective")]
    wanted = operations.Wanted(
        make.hot_list().pk, "0DEM123", "stolen_vehicle", "Stolen from a garage", DAY, case_number="26-123456"
    )

    def attempt(person):
        try:
            operations.enter_hot_plate(wanted, by=make.by(person), at=NOON)
            return "entered"
        except Refused as refused:
            return refused.refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, people)) == ["entered", "hot_plate.duplicate"]
    assert HotPlate.objects.count() == 1
