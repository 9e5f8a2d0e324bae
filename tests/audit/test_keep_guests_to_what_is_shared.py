"""What reaches beyond a share is closed to people of another agency, whatever roles stand beside their names."""

import pytest

from audit import gate
from audit.abilities import ABILITIES, NOT_FOR_GUESTS, Ability, abilities_of
from audit.refusals import Refused
from tests import make
from tests.make import NOON


@pytest.mark.parametrize("role", sorted(ABILITIES))
def test_a_guest_has_nothing_that_reaches_beyond_a_share(db, role):
    guest = make.user("guest", role, organisation="Riverbend Police Department")
    assert not abilities_of(guest, NOON) & NOT_FOR_GUESTS


def test_a_guest_who_watches_hits_still_does_and_reads_no_photographs(db):
    guest = make.user("guest", "dispatcher", organisation="Riverbend Police Department")
    assert Ability.WATCH_HITS in abilities_of(guest, NOON)
    with pytest.raises(Refused) as caught:
        gate.admit(make.by(guest), Ability.TRANSCRIBE, at=NOON)
    assert caught.value.refusal.code == "access.role"


def test_the_departments_own_dispatcher_reads_photographs(dispatcher):
    assert Ability.TRANSCRIBE in abilities_of(dispatcher, NOON)
