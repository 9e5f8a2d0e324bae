"""People are told two hours and a quarter of an hour before their hot plates end: once each, and never a plate."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from guardian.shortcuts import assign_perm

from audit import asker
from audit.models import LedgerEntry, Notice
from hotlists import operations, tasks
from tests import make
from tests.hotlists.importing import imported
from tests.make import NOON

CLOCK = asker.system("warn of ends")
END = NOON + timedelta(hours=23)
TWO_HOURS, QUARTER = END - timedelta(hours=2), END - timedelta(minutes=15)
INSTANT = timedelta(microseconds=1)


def warn(at):
    return operations.warn_of_ends(at=at, by=CLOCK)


def test_each_warning_comes_once_from_its_instant_on(detective):
    entry = make.hot_plate(entered_by=detective)
    told = [warn(at) for at in (TWO_HOURS - INSTANT, TWO_HOURS, TWO_HOURS, QUARTER - INSTANT, QUARTER, END - INSTANT)]
    assert told == [0, 1, 0, 0, 1, 0]
    assert {(notice.recipient, notice.path) for notice in Notice.objects.all()} == {
        (detective, f"/hot-plates/{entry.pk}/")
    }
    assert LedgerEntry.objects.filter(action="hot_plate.warn").count() == 2


def test_a_warning_says_when_and_holds_neither_plate_nor_case(detective):
    make.hot_plate(entered_by=detective)
    warn(TWO_HOURS)
    words = Notice.objects.get().words
    assert "Jun 17, 11:00 PDT" in words
    assert "0DEM123" not in words
    assert "26-123456" not in words


def test_what_has_ended_warns_of_nothing(detective):
    make.hot_plate(entered_by=detective)
    assert warn(END) == 0


def test_a_late_clock_gives_the_nearest_warning_only(detective):
    make.hot_plate(entered_by=detective)
    assert (warn(QUARTER), warn(QUARTER)) == (1, 0)
    assert Notice.objects.get().key.endswith(":15")


@pytest.mark.parametrize(
    ("life", "warnings"),
    [(timedelta(minutes=15), []), (timedelta(minutes=16), ["15"]), (timedelta(hours=2), ["15"]),
     (timedelta(hours=2, minutes=1), ["120", "15"])],
)  # fmt: skip
def test_a_life_shorter_than_the_warning_is_not_warned_of(detective, life, warnings):
    make.hot_plate(entered_by=detective, effective_from=NOON, expires_at=NOON + life)
    for minute in range(int(life / timedelta(minutes=1))):
        warn(NOON + timedelta(minutes=minute))
    assert [key.rpartition(":")[2] for key in Notice.objects.order_by("at").values_list("key", flat=True)] == warnings


def test_the_withdrawn_the_renewed_and_the_imported_warn_nobody(detective):
    entry = make.hot_plate(entered_by=detective)
    operations.renew_hot_plate(
        entry_id=entry.pk, reason="Seen again on Broadway", life=timedelta(hours=24), by=make.by(detective), at=NOON
    )
    make.hot_plate("0DEM124", entered_by=detective, withdrawn_at=NOON, withdrawn_by=detective, withdrawn_reason="Over")
    imported(expires_at=END)
    assert warn(TWO_HOURS) == 0


def test_one_who_left_or_lost_the_list_is_not_told(detective, officer, special_list):
    make.hot_plate(entered_by=officer, hot_list=special_list)
    assert warn(TWO_HOURS) == 0
    assign_perm("see_hits", officer, special_list)
    officer.is_active = False
    officer.save()
    assert warn(TWO_HOURS) == 0
    officer.is_active = True
    officer.save()
    assert warn(TWO_HOURS) == 1


def test_nothing_is_recorded_when_nothing_ends(detective):
    make.hot_plate(entered_by=detective)
    warn(NOON)
    assert not LedgerEntry.objects.exists()


def test_the_task_warns(detective):
    make.hot_plate(entered_by=detective)
    assert tasks.warn_of_ends() == 0  # NOON lies in the past


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_tell_each_person_once():
    people = [make.user(f"person{number}", "detective") for number in range(6)]
    for number, person in enumerate(people):
        make.hot_plate(f"0DEM12{number}", entered_by=person)

    def run(_):
        try:
            return warn(TWO_HOURS)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(run, range(2))) == len(people)
    assert Notice.objects.count() == len(people)
