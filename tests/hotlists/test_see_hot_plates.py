"""Who sees which hot plate: special lists only by grant, the rest by role; every look on record."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from guardian.shortcuts import assign_perm, remove_perm

from audit.refusals import Refused
from hotlists import operations
from hotlists.entries import look
from hotlists.models import HotList, HotPlate
from tests import make
from tests.make import NOON


def listed(by, tab="live", at=NOON, page=1):
    return operations.list_hot_plates(tab=tab, by=make.by(by), at=at, page=page)


def opened(entry, by):
    return operations.open_hot_plate(entry_id=entry.pk, by=make.by(by), at=NOON)


@pytest.fixture
def both(detective, own_list, special_list):
    return (
        make.hot_plate("0DEM123", hot_list=own_list, entered_by=detective),
        make.hot_plate("0DEM456", hot_list=special_list, entered_by=detective),
    )


def test_a_special_list_is_hidden_from_all_it_was_not_granted_to(both, detective, officer, dispatcher, administrator):
    ordinary, special = both
    assign_perm("see_hits", detective, special.hot_list)
    boss = make.user("boss", "officer", is_superuser=True)
    seen = {
        person.username: set(HotPlate.objects.visible_to(person, NOON))
        for person in (detective, officer, dispatcher, administrator, boss)
    }
    hidden = {name for name, rows in seen.items() if special not in rows}
    assert hidden == {"officer", "dispatcher", "administrator", "boss"}
    assert all(ordinary in rows for rows in seen.values())


def test_a_grant_opens_no_special_list_to_a_person_of_another_agency(both):
    partner = make.user("partner", "detective", organisation="Another PD")
    crew = Group.objects.create(name="Joint task force")
    partner.groups.add(crew)
    for holder in (partner, crew):
        assign_perm("see_hits", holder, both[1].hot_list)
    assert listed(partner).rows == []
    for entry in both:
        with pytest.raises(HotPlate.DoesNotExist):
            opened(entry, partner)


def test_list_and_single_entry_agree_for_every_person_and_row(both, detective, officer, dispatcher):
    assign_perm("see_hits", detective, both[1].hot_list)
    for person in (detective, officer, dispatcher):
        rows = set(listed(person).rows)
        for entry in both:
            if entry in rows:
                assert opened(entry, person).entry == entry
            else:
                with pytest.raises(HotPlate.DoesNotExist):
                    opened(entry, person)


def test_a_grant_to_a_group_opens_the_list_and_its_withdrawal_closes_it(both, officer):
    crew = Group.objects.create(name="Street racing detail")
    officer.groups.add(crew)
    assign_perm("see_hits", crew, both[1].hot_list)
    assert HotList.objects.visible_to(officer, NOON).count() == 2
    remove_perm("see_hits", crew, both[1].hot_list)
    assert HotList.objects.visible_to(officer, NOON).count() == 1


def test_counts_do_not_tell_of_hidden_entries(both, officer):
    page = listed(officer)
    assert page.counts == {"live": 1, "ended": 0, "withdrawn": 0}
    assert page.rows == [both[0]]


def test_every_look_at_the_list_is_on_record_with_its_size(both, officer, last_record):
    page = listed(officer)
    record = last_record()
    assert (record.index, record.action, record.outcome, record.result_count) == (
        page.record_index,
        "hot_plate.list",
        "allowed",
        1,
    )
    listed(officer, tab="ended")
    assert last_record().outcome == "empty"


def test_every_opened_entry_is_on_record_with_its_plate(both, officer, last_record):
    opened(both[0], officer)
    record = last_record()
    assert (record.action, record.subject_id, record.clear.subject_label) == (
        "hot_plate.view",
        str(both[0].pk),
        "0DEM123",
    )


@pytest.mark.parametrize("person", ["clerk", "outsider", "auditor", "untrained"])
def test_others_see_no_hot_plates(both, person, request, last_record):
    with pytest.raises(Refused) as caught:
        listed(request.getfixturevalue(person))
    assert caught.value.refusal.code in ("access.role", "access.training")
    assert (last_record().outcome, last_record().result_count) == ("refused", None)


def test_the_tabs_follow_the_clock_and_live_ones_are_sorted_by_their_end(detective, own_list):
    later = make.hot_plate("0DEM001", at=NOON + timedelta(minutes=5), effective_from=NOON, entered_by=detective)
    sooner = make.hot_plate("0DEM002", entered_by=detective)
    gone = make.hot_plate("0DEM003", at=NOON - timedelta(days=2), entered_by=detective)
    taken = make.hot_plate(
        "0DEM004", entered_by=detective, withdrawn_at=NOON, withdrawn_by=detective, withdrawn_reason="Found it"
    )
    assert listed(detective).rows == [sooner, later]
    assert listed(detective, tab="ended").rows == [gone]
    assert listed(detective, tab="withdrawn").rows == [taken]
    assert listed(detective, at=sooner.expires_at).rows == [later]


def test_a_long_list_comes_in_pages(detective, own_list, monkeypatch):
    monkeypatch.setattr(look, "PAGE_SIZE", 2)
    for number in range(5):
        make.hot_plate(f"0DEM00{number}", entered_by=detective)
    first, last = listed(detective), listed(detective, page=99)
    assert (len(first.rows), first.pages, last.number, len(last.rows)) == (2, 3, 3, 1)


def test_an_opened_entry_knows_its_renewal_and_what_is_missing(detective):
    old = make.hot_plate(entered_by=detective)
    assert opened(old, detective).wants_system
    new = operations.renew_hot_plate(
        entry_id=old.pk, reason="Seen again on Broadway", life=timedelta(hours=1), by=make.by(detective), at=NOON
    )
    assert (opened(old, detective).renewal, opened(old, detective).live) == (new, False)


def test_a_list_is_read_with_few_queries(both, detective, django_assert_max_num_queries):
    for number in range(30):
        make.hot_plate(f"0DEM3{number:02}", entered_by=detective)
    with django_assert_max_num_queries(16):
        listed(detective)
