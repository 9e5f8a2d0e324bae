"""Plates of members: a check without a list of people's cars, and no search for one's own."""

from datetime import timedelta

import pytest

from audit.models import LedgerDetail, LedgerEntry, MemberPlate
from audit.plates import PlateError
from audit.refusals import Refused
from audit.registers.keeping import AlreadyThere, EntryNotFound, add_plate, end_plate, overview
from audit.registers.member_plates import digest_of, whose
from detections.searching.asked import Asked
from detections.searching.question import Match
from detections.searching.run import run_search
from tests import make
from tests.make import NOON


def add(administrator, username, plate="0own-123", relation="own"):
    return add_plate(username=username, plate=plate, relation=relation, by=make.by(administrator), at=NOON)


def test_a_plate_is_kept_as_a_digest_and_nowhere_else(administrator, officer):
    entry = add(administrator, "officer")
    assert entry.digest == digest_of("0OWN123") != digest_of("0OWN124")
    texts = [text for detail in LedgerDetail.objects.all() for text in detail.values()]
    labels = list(LedgerEntry.objects.values_list("subject_id", flat=True))
    assert not any("OWN123" in str(text).upper() for text in [*texts, *labels])


def test_the_digest_depends_on_the_secret(settings):
    first = digest_of("0OWN123")
    settings.MEMBER_PLATE_SECRET = "another secret of this installation"
    assert digest_of("0OWN123") != first


def test_a_plate_is_ones_own_or_a_colleagues_until_the_entry_ends(administrator, officer, detective):
    entry = add(administrator, "officer")
    assert (whose("0own123", officer), whose("0OWN 123", detective)) == ("own", "colleague")
    assert (whose("0OWN12?", officer), whose("", officer), whose("0OWN124", officer)) == (None, None, None)
    end_plate(entry.pk, by=make.by(administrator), at=NOON + timedelta(days=1))
    assert whose("0OWN123", officer) is None
    assert MemberPlate.objects.get().ended_at == NOON + timedelta(days=1)
    assert add(administrator, "officer").pk != entry.pk
    with pytest.raises(EntryNotFound):
        end_plate(entry.pk, by=make.by(administrator), at=NOON)


def test_a_plate_is_on_file_once(administrator, officer):
    add(administrator, "officer")
    with pytest.raises(AlreadyThere):
        add(administrator, "officer")
    assert MemberPlate.objects.count() == 1


def test_what_is_no_plate_or_nobodys_is_not_kept(administrator, officer):
    with pytest.raises(PlateError):
        add(administrator, "officer", plate="Ж123")
    with pytest.raises(Refused) as refused:
        add(administrator, "nobody")
    assert refused.value.refusal.code == "register.no_member"


def test_nobody_takes_their_own_plate_off_the_list(administrator):
    entry = add(administrator, "administrator")
    with pytest.raises(Refused) as refused:
        end_plate(entry.pk, by=make.by(administrator), at=NOON)
    assert refused.value.refusal.code == "register.own_entry"


def test_the_overview_shows_no_plate_and_leaves_a_record(administrator, officer):
    add(administrator, "officer")
    page = overview(by=make.by(administrator), at=NOON)
    assert (page.member_plates.rows, page.member_plates.people, page.cases.rows) == (1, 1, 0)
    assert LedgerEntry.objects.get(index=page.record_index).action == "register.view"


@pytest.mark.parametrize("relation", ["own", "household"])
def test_a_search_for_ones_own_plate_is_refused_on_record(administrator, officer, relation):
    add(administrator, "officer", relation=relation)
    asked = Asked(
        purpose="locate", reason="stolen from the Elm Street garage", case_number="26-123456", attested=True,
        plate="0OWN123", from_at=NOON - timedelta(days=1),
    )  # fmt: skip
    with pytest.raises(Refused) as refused:
        run_search(by=make.by(officer), at=NOON, asked=asked)
    assert refused.value.refusal.code == "query.own_plate"
    assert refused.value.refusal.citation.section == "B.1"
    assert "someone else must run it" in refused.value.refusal.next_step
    assert LedgerEntry.objects.get(index=refused.value.record_index).outcome == "refused"


def test_look_alikes_of_ones_own_plate_are_refused_too_and_a_colleague_may_search(administrator, officer, detective):
    add(administrator, "officer")
    asked = Asked(
        purpose="locate", reason="stolen from the Elm Street garage", case_number="26-123456", attested=True,
        plate="0OWN123", match=Match.LOOKALIKE, from_at=NOON - timedelta(days=1),
    )  # fmt: skip
    with pytest.raises(Refused):
        run_search(by=make.by(officer), at=NOON, asked=asked)
    assert run_search(by=make.by(detective), at=NOON, asked=asked).result_count == 0
