"""24 elapsed hours and not a millisecond longer: in the verb, in the table, on both nights the clocks change (E.2)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from audit import policy
from audit.models import PolicyActivation
from audit.refusals import Refused
from hotlists import forms, operations
from hotlists.models import HotPlate
from tests import make
from tests.make import NOON

DAY = timedelta(hours=24)
OVER = DAY + timedelta(milliseconds=1)
PACIFIC = ZoneInfo("America/Los_Angeles")
EVENINGS = {
    "an ordinary night": NOON,
    "the night of 25 hours": datetime(2026, 10, 31, 20, 0, tzinfo=PACIFIC),
    "the night of 23 hours": datetime(2026, 3, 7, 20, 0, tzinfo=PACIFIC),
}


@pytest.mark.parametrize("starts", EVENINGS.values(), ids=EVENINGS)
def test_the_verb_takes_24_hours_and_refuses_a_millisecond_more(detective, wanted, starts):
    entry = operations.enter_hot_plate(wanted(life=DAY), by=make.by(detective), at=starts)
    entry.refresh_from_db()
    assert entry.expires_at - entry.effective_from == DAY
    with pytest.raises(Refused) as caught:
        operations.enter_hot_plate(wanted(plate="0DEM124", life=OVER), by=make.by(detective), at=starts)
    assert (caught.value.refusal.code, caught.value.refusal.citation.section) == ("hot_plate.life", "E.2")
    with pytest.raises(Refused) as caught:
        operations.renew_hot_plate(
            entry_id=entry.pk, reason="Seen again on Broadway", life=OVER, by=make.by(detective), at=starts
        )
    assert caught.value.refusal.code == "hot_plate.life"
    assert HotPlate.objects.get() == entry


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles"])
@pytest.mark.parametrize("starts", EVENINGS.values(), ids=EVENINGS)
def test_the_table_takes_24_hours_and_refuses_a_millisecond_more(detective, starts, zone):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])
        utc = starts.astimezone(ZoneInfo("UTC"))
        make.hot_plate(entered_by=detective, effective_from=utc, expires_at=utc + DAY)
        with pytest.raises(IntegrityError, match="hot_plate_at_most_24_hours"), transaction.atomic():
            make.hot_plate("0DEM124", entered_by=detective, effective_from=utc, expires_at=utc + OVER)
        cursor.execute("SELECT set_config('TimeZone', 'UTC', true)")


def test_an_entry_is_live_from_its_first_instant_to_before_its_last(detective, wanted):
    operations.enter_hot_plate(wanted(), by=make.by(detective), at=NOON)
    instant = timedelta(microseconds=1)
    live = [HotPlate.objects.active(at).exists() for at in (NOON - instant, NOON, NOON + DAY - instant, NOON + DAY)]
    assert live == [False, True, True, False]


def test_the_form_offers_only_lives_the_policy_allows():
    hours = {name: [life for life, _ in forms.lives(policy.load(name))] for name in ("sacpd_525_08", "egpd_462")}
    assert max(hours["sacpd_525_08"]) == 24
    assert {24, 48, 168, 720} <= set(hours["egpd_462"])


def test_under_elk_groves_policy_an_entry_may_live_for_weeks(detective, wanted):
    PolicyActivation.objects.create(profile="egpd_462", version="1", effective_from=NOON - DAY, activated_by=detective)
    entry = operations.enter_hot_plate(wanted(life=timedelta(days=30)), by=make.by(detective), at=NOON)
    entry.refresh_from_db()
    assert (entry.max_ttl_applies, entry.expires_at) == (False, NOON + timedelta(days=30))
