"""Who sees a special list: authorized people of the department only, each grant and revocation with its reason."""

import json

import pytest
from django.contrib.auth.models import Group

from audit.models import LedgerEntry, Notice
from audit.refusals import Refused
from hotlists import access, rules_special
from hotlists.models import HotList
from hotlists.special import grants, looks
from tests import make
from tests.hotlists.special import sharing
from tests.make import NOON

WHY = "Works the same case"


def newest():
    return LedgerEntry.objects.order_by("-index").first()


def code_of(call):
    with pytest.raises(Refused) as caught:
        call()
    assert (newest().outcome, newest().rule_code) == ("refused", caught.value.refusal.code)
    return caught.value.refusal.code


def granting(hot_list, by, words=WHY, verb=grants.grant, **to):
    return verb(hot_list_id=hot_list.pk, to=grants.Receiver(**to), words=words, by=make.by(by), at=NOON)


def sees(person):
    return access.granted(person, NOON).lists


def crew(*members, name="Burglary detail"):
    made = Group.objects.create(name=name)
    made.user_set.add(*members)
    return made


def test_a_grant_and_its_revocation_are_on_record_with_who_and_why(hot_list, administrator, officer):
    granting(hot_list, administrator, user=officer)
    assert sees(officer) == {hot_list.pk}
    detail = json.loads(newest().clear.detail)
    assert (newest().action, newest().clear.reason) == ("hot_list.grant", WHY)
    assert (detail["person"], detail["rights"]) == ("officer", [[], ["see_hits"]])
    assert Notice.objects.filter(recipient=officer).count() == 1
    granting(hot_list, administrator, "Moved to Patrol again", grants.revoke, user=officer)
    assert sees(officer) == frozenset()
    assert (newest().action, json.loads(newest().clear.detail)["rights"]) == ("hot_list.revoke", [["see_hits"], []])


def test_a_group_sees_as_its_members_come_and_go(hot_list, administrator, officer, dispatcher):
    team = crew(officer)
    granting(hot_list, administrator, group=team)
    assert (sees(officer), sees(dispatcher)) == ({hot_list.pk}, frozenset())
    team.user_set.set([dispatcher])
    assert (sees(officer), sees(dispatcher)) == (frozenset(), {hot_list.pk})
    granting(hot_list, administrator, "The detail is dissolved", grants.revoke, group=team)
    assert sees(dispatcher) == frozenset()


def test_nobody_grants_to_themselves_under_any_account_or_through_a_group(hot_list, administrator):
    second = make.user("second-account", "officer", employee_number="E9")
    administrator.employee_number = "e9"
    administrator.save()
    for to in ({"user": administrator}, {"user": second}, {"group": crew(administrator)}):
        assert code_of(lambda to=to: granting(hot_list, administrator, **to)) == "people.own_rights"
    assert sees(administrator) == sees(second) == frozenset()


@pytest.mark.parametrize("lacks", ["agency", "account", "role", "training"])
def test_only_authorized_people_of_the_department_are_granted(hot_list, administrator, lacks):
    facts = {
        "agency": {"organisation": sharing.AGENCY},
        "account": {"is_active": False},
        "role": {},
        "training": {"trained": False},
    }
    roles = () if lacks == "role" else ("officer",)
    person = make.user("newcomer", *roles, **facts[lacks])
    assert code_of(lambda: granting(hot_list, administrator, user=person)) == rules_special.NOT_AUTHORIZED.code
    assert rules_special.NOT_AUTHORIZED.code == "special_list.not_authorized"
    assert sees(person) == frozenset()


def test_an_empty_group_and_one_with_a_guest_are_not_granted(hot_list, administrator, officer, guest):
    for team in (crew(name="Empty"), crew(officer, guest, name="Joint")):
        assert code_of(lambda team=team: granting(hot_list, administrator, group=team)) == "special_list.not_authorized"


def test_a_grant_needs_its_reason_is_given_once_and_revoked_once(hot_list, administrator, officer):
    assert code_of(lambda: granting(hot_list, administrator, "", user=officer)) == "special_list.words_missing"
    granting(hot_list, administrator, user=officer)
    assert code_of(lambda: granting(hot_list, administrator, user=officer)) == rules_special.GRANTED_ALREADY.code
    granting(hot_list, administrator, verb=grants.revoke, user=officer)
    again = code_of(lambda: granting(hot_list, administrator, verb=grants.revoke, user=officer))
    assert again == rules_special.NOT_GRANTED.code == "special_list.not_granted"


@pytest.mark.parametrize("who", ["detective", "officer", "commander", "dispatcher"])
@pytest.mark.parametrize("verb", [grants.grant, grants.revoke])
def test_only_who_manages_lists_grants_and_revokes(hot_list, officer, request, who, verb):
    person = request.getfixturevalue(who)
    assert code_of(lambda: granting(hot_list, person, verb=verb, user=officer)) == "access.role"


def test_an_ordinary_list_is_granted_to_nobody(administrator, officer):
    with pytest.raises(HotList.DoesNotExist):
        granting(make.hot_list(), administrator, user=officer)


def test_the_page_says_who_sees_a_list_and_whom_their_training_keeps_out(hot_list, administrator, officer, untrained):
    granting(hot_list, administrator, group=crew(officer, untrained))
    seen = looks.see_access(hot_list_id=hot_list.pk, by=make.by(administrator), at=NOON)
    assert [one.name for one in seen.people] == ["detective #2001"]
    assert {member.name: member.lacks for member in seen.groups[0].members} == {
        "officer #3001": "",
        "untrained #3009": "has no valid training on file",
    }
    assert (newest().action, newest().result_count) == ("hot_list.view", 2)


def test_who_sees_a_list_is_told_to_those_who_know_of_it_only(hot_list, detective, officer):
    looks.see_access(hot_list_id=hot_list.pk, by=make.by(detective), at=NOON)
    with pytest.raises(HotList.DoesNotExist):
        looks.see_access(hot_list_id=hot_list.pk, by=make.by(officer), at=NOON)


def test_a_manager_knows_of_a_list_and_sees_none_of_its_plates(hot_list, administrator, detective, officer):
    make.hot_plate("0DEM501", hot_list=hot_list, entered_by=detective)
    for_manager = looks.open_special(hot_list_id=hot_list.pk, by=make.by(administrator), at=NOON)
    assert (for_manager.entries, for_manager.row.live) == (None, None)
    for_asker = looks.open_special(hot_list_id=hot_list.pk, by=make.by(detective), at=NOON)
    assert ([one.plate for one in for_asker.entries], for_asker.row.live) == (["0DEM501"], 1)
    assert looks.list_special(by=make.by(officer), at=NOON).rows == []
    with pytest.raises(HotList.DoesNotExist):
        looks.open_special(hot_list_id=hot_list.pk, by=make.by(officer), at=NOON)
