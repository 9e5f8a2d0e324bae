"""A special list is asked for, opened by another person, closed; its name is made, never typed (A.15)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from audit.models import LedgerDetail, LedgerEntry, Notice
from audit.refusals import Refused
from hotlists import access, operations, rules_special
from hotlists.models import HotList, HotPlate
from hotlists.special import lists, looks
from tests import make
from tests.hotlists.special import sharing
from tests.make import NOON


def code_of(call):
    with pytest.raises(Refused) as caught:
        call()
    newest = LedgerEntry.objects.order_by("-index").first()
    assert (newest.outcome, newest.rule_code) == ("refused", caught.value.refusal.code)
    return caught.value.refusal.code


def opens(hot_list, by, words="A real case"):
    return lists.open_list(hot_list_id=hot_list.pk, words=words, by=make.by(by), at=NOON)


def closes(hot_list, by, words="The case is closed"):
    return lists.close_list(hot_list_id=hot_list.pk, words=words, by=make.by(by), at=NOON)


def test_a_list_is_named_by_its_crime_and_a_number(detective):
    names = [sharing.asked(detective).name, sharing.asked(detective, subject="robbery").name]
    assert names == ["Special 26-001: burglary series", "Special 26-002: robbery series"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"subject": "cookiesandcream"}, rules_special.NAME.code),
        ({"subject": ""}, "special_list.name"),
        ({"why": "gotta catch"}, "special_list.why"),
        ({"why": ""}, rules_special.WHY.code),
        ({"why": "My ex and where she parks at night"}, "query.prohibited"),
        ({"why": "Personal list of cars I want to see"}, "query.prohibited"),
        ({"why": "Owner is JOHN DOE DOB 01/02/1990 at the scene"}, "free_text.criminal_justice"),
        ({"case_number": ""}, "special_list.case"),
        ({"case_number": "none"}, rules_special.CASE.code),
    ],
)
def test_a_list_needs_a_crime_a_reason_and_a_case(detective, changes, code):
    assert code_of(lambda: sharing.asked(detective, **changes)) == code
    assert not HotList.objects.exists()


@pytest.mark.parametrize("who", ["officer", "dispatcher", "administrator", "outsider", "untrained"])
def test_others_ask_for_none(request, who):
    person = request.getfixturevalue(who)
    assert code_of(lambda: sharing.asked(person)) == "access.role"


def test_a_guest_with_the_role_asks_for_none(db):
    guest = make.user("guest", "detective", organisation=sharing.AGENCY)
    assert code_of(lambda: sharing.asked(guest)) == rules_special.GUEST.code == "special_list.guest"


def test_a_list_asked_for_tells_the_managers_and_nobody_sees_or_fills_it(detective, administrator, officer):
    hot_list = sharing.asked(detective)
    assert set(Notice.objects.values_list("recipient__username", flat=True)) == {"administrator"}
    assert operations.lists_open_to(make.by(detective), NOON) == []
    assert access.granted(detective, NOON).lists == frozenset()
    assert looks.count_to_open(administrator, NOON) == 1
    assert looks.count_to_open(officer, NOON) is None
    assert hot_list.opened_at is None


def test_another_person_opens_it_and_the_asker_sees_it(detective, administrator):
    hot_list = opens(sharing.asked(detective), administrator)
    assert (hot_list.opened_by, hot_list.opened_at) == (administrator, NOON)
    assert access.granted(detective, NOON).lists == {hot_list.pk}
    assert access.granted(administrator, NOON).lists == frozenset()
    assert Notice.objects.filter(recipient=detective).exists()


def both_roles(username, **fields):
    made = make.user(username, "detective", "alpr_administrator", **fields)
    return made


def test_nobody_opens_their_own_request_under_any_account(detective, administrator):
    own = both_roles("both")
    mine = sharing.asked(own)
    assert code_of(lambda: opens(mine, own)) == rules_special.OWN_REQUEST.code == "special_list.own_request"
    second = both_roles("second-account", employee_number="e77 ")
    assert code_of(lambda: opens(sharing.asked(detective), second)) == "special_list.own_request"


def test_the_table_itself_refuses_one_person_for_both(detective):
    hot_list = sharing.asked(detective)
    with pytest.raises(IntegrityError, match="hot_list_opened_by_another"), transaction.atomic():
        HotList.objects.filter(pk=hot_list.pk).update(opened_by=detective, opened_at=NOON)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"why": ""}, "hot_list_asked_for_with_why"),
        ({"case_number": ""}, "hot_list_asked_for_with_why"),
        ({"opened_at": NOON}, "hot_list_opening_complete"),
        ({"closed_at": NOON}, "hot_list_closing_complete"),
    ],
)
def test_the_table_itself_keeps_requests_openings_and_closings_whole(detective, changes, name):
    hot_list = sharing.asked(detective)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        HotList.objects.filter(pk=hot_list.pk).update(**changes)


def test_a_list_is_opened_once_by_who_manages_lists_and_says_why(detective, administrator, officer):
    hot_list = sharing.asked(detective)
    assert code_of(lambda: opens(hot_list, officer)) == "access.role"
    assert code_of(lambda: opens(hot_list, administrator, "ok")) == rules_special.WORDS.code
    opens(hot_list, administrator)
    assert code_of(lambda: opens(hot_list, administrator)) == rules_special.NOT_WAITING.code
    with pytest.raises(HotList.DoesNotExist):
        opens(make.hot_list(), administrator)


def test_an_asker_who_lost_their_training_is_not_let_in_by_the_opening(administrator):
    gone = make.user("gone", "detective")
    hot_list = sharing.asked(gone)
    gone.certificates.all().delete()
    opens(hot_list, administrator)
    assert access.granted(gone, NOON).lists == frozenset()


def test_closing_withdraws_the_live_entries_and_ends_the_shares_at_once(hot_list, detective, administrator, commander):
    live = make.hot_plate("0DEM501", hot_list=hot_list, entered_by=detective)
    over = make.hot_plate("0DEM502", hot_list=hot_list, entered_by=detective, expires_at=NOON)
    running = sharing.share(hot_list, detective, commander)
    closes(hot_list, administrator)
    live.refresh_from_db()
    over.refresh_from_db()
    running.refresh_from_db()
    assert (live.withdrawn_at, live.withdrawn_by) == (NOON, administrator)
    assert "The case is closed" in live.withdrawn_reason
    assert over.withdrawn_at is None
    assert (running.ended_at, running.ended_by) == (NOON, administrator)
    assert not HotPlate.objects.active(NOON).filter(hot_list=hot_list).exists()
    assert live.history.first().history_user == administrator


def test_those_granted_look_back_on_a_closed_list_and_enter_nothing(hot_list, detective, administrator):
    closes(hot_list, administrator)
    later = NOON + timedelta(days=1)
    assert access.granted(detective, later).lists == {hot_list.pk}
    assert operations.lists_open_to(make.by(detective), later) == []


def test_who_asked_closes_it_too_and_nobody_twice(hot_list, detective, administrator, officer):
    other = make.user("other", "detective")
    with pytest.raises(HotList.DoesNotExist):
        closes(hot_list, other)
    assert code_of(lambda: closes(hot_list, officer)) == "access.role"
    closes(hot_list, detective)
    assert code_of(lambda: closes(hot_list, administrator)) == rules_special.CLOSED.code == "special_list.closed"
    assert Notice.objects.filter(recipient=detective, key__contains="closed").count() == 0


def test_a_request_is_declined_by_closing_and_cannot_be_opened_then(detective, administrator):
    hot_list = sharing.asked(detective)
    closes(hot_list, administrator)
    assert looks.state_of(HotList.objects.get()) == "declined"
    assert code_of(lambda: opens(hot_list, administrator)) == "special_list.not_waiting"


def test_the_ledger_keeps_no_criminal_justice_text_of_a_refused_reason(detective):
    with pytest.raises(Refused) as caught:
        sharing.asked(detective, why="Burglars, DOB 01/02/1990, seen near warehouses")
    assert caught.value.refusal.code == "free_text.criminal_justice"
    newest = LedgerDetail.objects.order_by("-entry__index")[0]
    assert newest.reason == "[left out: a date of birth]"
    assert "1990" not in " ".join(value or "" for value in newest.values())
