"""A special list takes entries from its opening to its closing, to the microsecond."""

from datetime import timedelta

import pytest
from guardian.shortcuts import assign_perm

from audit.refusals import Refused
from hotlists import operations, rules_special
from hotlists.lists.sources import change_list
from hotlists.models import HotList
from tests import make
from tests.make import NOON

TICK = timedelta(microseconds=1)


def a_list(member, opened_at, closed_at=None):
    special = make.hot_list("Street racing crews", kind=HotList.Kind.SPECIAL)
    closer = make.user("closer") if closed_at else None
    HotList.objects.filter(pk=special.pk).update(
        opened_at=opened_at, closed_at=closed_at, closed_by=closer, closed_why="Done" if closer else ""
    )
    assign_perm("see_hits", member, special)
    return special


def entered(hot_list, by):
    wanted = operations.Wanted(
        hot_list_id=hot_list.pk,
        plate="0DEM123",
        category="other",
        reason="Seen near three warehouse burglaries",
        life=timedelta(hours=1),
        not_listed_why="No report was filed for the vehicle itself",
        case_number="26-123456",
    )
    return operations.enter_hot_plate(wanted, by=make.by(by), at=NOON)


@pytest.mark.parametrize(
    ("opened_at", "closed_at", "takes"),
    [
        (None, None, False),
        (NOON + TICK, None, False),
        (NOON, None, True),
        (NOON - TICK, None, True),
        (NOON - TICK, NOON, False),
    ],
)
def test_entries_are_taken_from_the_opening_to_the_closing(detective, opened_at, closed_at, takes):
    special = a_list(detective, opened_at, closed_at)
    assert (special in operations.lists_open_to(make.by(detective), NOON)) is takes
    if takes:
        assert entered(special, detective).hot_list == special
    else:
        with pytest.raises(Refused) as caught:
            entered(special, detective)
        assert caught.value.refusal.code == rules_special.NOT_IN_USE.code


def test_a_special_list_keeps_the_name_it_was_made_with(administrator, special_list):
    """Incident 14: lists named by whim. The name is made of the crime and a number (special_list.name)."""
    assign_perm("hotlists.see_hits", administrator, special_list)
    with pytest.raises(Refused) as refused:
        change_list(hot_list_id=special_list.pk, name="personal", near="exact", by=make.by(administrator), at=NOON)
    assert refused.value.refusal.code == "special_list.name"
    change_list(hot_list_id=special_list.pk, name=special_list.name, near="exact", by=make.by(administrator), at=NOON)
    special_list.refresh_from_db()
    assert special_list.near == "exact"
