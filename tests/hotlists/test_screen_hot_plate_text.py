"""What comes from CLETS or NCIC is not kept with a hot plate: not in its row, not on the ledger (rec. 42)."""

from datetime import timedelta

import pytest
from guardian.shortcuts import assign_perm

from audit.refusals import Refused
from audit.rules import CRIMINAL_JUSTICE
from hotlists import operations
from hotlists.models import HotPlate
from tests import make
from tests.make import NOON

HELD = "Stolen by John, DOB 1/2/1990, last night"


def refused(call, last_record):
    with pytest.raises(Refused) as caught:
        call()
    assert caught.value.refusal.rule is CRIMINAL_JUSTICE
    assert (last_record().outcome, last_record().rule_code) == ("refused", "free_text.criminal_justice")
    kept = last_record().clear
    assert "1990" not in f"{kept.reason}{kept.query}{kept.detail}{caught.value.as_dict()}"
    return caught.value.refusal


@pytest.mark.parametrize("field", ["reason", "vehicle_description", "not_listed_why"])
def test_no_text_of_an_entry_holds_it(detective, wanted, special_list, field, last_record):
    assign_perm("see_hits", detective, special_list)
    asked = wanted(hot_list_id=special_list.pk, **({"not_listed_why": "Neither stolen nor wanted"} | {field: HELD}))
    refusal = refused(lambda: operations.enter_hot_plate(asked, by=make.by(detective), at=NOON), last_record)
    assert "a date of birth" in refusal.reason
    assert not HotPlate.objects.exists()


def test_neither_a_renewal_nor_a_withdrawal_holds_it(detective, last_record):
    entry, by = make.hot_plate(entered_by=detective), make.by(detective)
    refused(
        lambda: operations.renew_hot_plate(entry_id=entry.pk, reason=HELD, life=timedelta(hours=1), by=by, at=NOON),
        last_record,
    )
    refused(lambda: operations.withdraw_hot_plate(entry_id=entry.pk, reason=HELD, by=by, at=NOON), last_record)
    assert list(HotPlate.objects.active(NOON)) == [entry]


def test_its_own_field_takes_the_number_of_the_system_entry(detective, wanted):
    asked = wanted(system="NCIC", system_entry_number="V123456789")
    entry = operations.enter_hot_plate(asked, by=make.by(detective), at=NOON)
    assert (entry.system_entry_number, entry.system_entered_by) == ("V123456789", detective)
