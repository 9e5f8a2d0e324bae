"""Withdrawing: once, with a reason, by one of two who try at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from audit.models import LedgerEntry
from audit.refusals import Refused
from hotlists import operations
from hotlists.models import HotPlate
from tests import make
from tests.make import NOON


def withdraw(entry, by, at=NOON, reason="Vehicle recovered by patrol"):
    return operations.withdraw_hot_plate(entry_id=entry.pk, reason=reason, by=make.by(by), at=at)


def test_a_withdrawn_entry_matches_nothing_from_that_instant(detective, officer, last_record):
    entry = make.hot_plate(entered_by=detective)
    withdraw(entry, officer)
    entry.refresh_from_db()
    assert (entry.withdrawn_at, entry.withdrawn_by, entry.withdrawn_reason) == (
        NOON,
        officer,
        "Vehicle recovered by patrol",
    )
    assert HotPlate.objects.active(NOON - timedelta(microseconds=1)).exists()
    assert not HotPlate.objects.active(NOON).exists()
    record = last_record()
    assert (record.action, record.outcome, record.subject_id) == ("hot_plate.withdraw", "allowed", str(entry.pk))
    assert record.clear.reason == "Vehicle recovered by patrol"
    latest = entry.history.first()
    assert (latest.history_user, latest.history_change_reason) == (officer, "Withdrawn: Vehicle recovered by patrol")


@pytest.mark.parametrize("reason", ["", "done"])
def test_a_withdrawal_says_why(detective, reason, last_record):
    entry = make.hot_plate(entered_by=detective)
    with pytest.raises(Refused) as caught:
        withdraw(entry, detective, reason=reason)
    assert caught.value.refusal.code == last_record().rule_code == "hot_plate.withdrawal_reason"
    assert HotPlate.objects.active(NOON).exists()


def test_what_has_reached_its_end_cannot_be_withdrawn(detective):
    entry = make.hot_plate(entered_by=detective)
    with pytest.raises(Refused) as caught:
        withdraw(entry, detective, at=entry.expires_at)
    assert caught.value.refusal.code == "hot_plate.not_live"


def test_a_dispatcher_sees_but_does_not_withdraw(detective, dispatcher):
    entry = make.hot_plate(entered_by=detective)
    with pytest.raises(Refused) as caught:
        withdraw(entry, dispatcher)
    assert caught.value.refusal.code == "access.role"


def test_an_entry_of_a_closed_list_does_not_exist_for_others(detective, officer, special_list, last_record):
    entry = make.hot_plate(entered_by=detective, hot_list=special_list)
    with pytest.raises(HotPlate.DoesNotExist):
        withdraw(entry, officer)
    assert (last_record().action, last_record().outcome) == ("hot_plate.withdraw", "failed")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_withdraw_at_once_one_does_and_one_is_refused_and_both_are_on_record():
    people = [make.user("first", "detective"), make.user("second", "detective")]
    entry = make.hot_plate(entered_by=people[0])

    def attempt(person):
        try:
            withdraw(entry, person)
            return "withdrawn"
        except Refused as refused:
            return refused.refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, people)) == ["hot_plate.not_live", "withdrawn"]
    outcomes = LedgerEntry.objects.filter(action="hot_plate.withdraw").values_list("outcome", flat=True)
    assert sorted(outcomes) == ["allowed", "refused"]
    assert entry.history.count() == 2
