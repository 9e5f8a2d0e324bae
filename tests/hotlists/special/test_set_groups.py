"""A group of people for special lists: made and changed on record, of authorized people only, never with oneself."""

import json

import pytest
from django.contrib.auth.models import Group

from audit.models import LedgerEntry
from audit.refusals import Refused
from hotlists import access
from hotlists.special import grants
from tests import make
from tests.make import NOON


def newest():
    return LedgerEntry.objects.order_by("-index").first()


def setting(by, *members, words="Works the series"):
    return grants.set_group(name="Detail", members=list(members), words=words, by=make.by(by), at=NOON)


def test_members_come_and_go_on_record_and_see_what_the_group_sees(hot_list, administrator, officer, dispatcher):
    group = setting(administrator, officer)
    to = grants.Receiver(group=group)
    grants.grant(hot_list_id=hot_list.pk, to=to, words="Same series", by=make.by(administrator), at=NOON)
    setting(administrator, dispatcher)
    assert (newest().action, newest().subject_type) == ("hot_list.change", "group")
    assert json.loads(newest().clear.detail)["members"] == [["officer"], ["dispatcher"]]
    assert [access.granted(one, NOON).lists for one in (officer, dispatcher)] == [frozenset(), {hot_list.pk}]


def test_nobody_puts_themselves_or_the_unauthorized_into_a_group(administrator, untrained, guest, officer):
    for member, code in (
        (administrator, "people.own_rights"),
        (untrained, "special_list.not_authorized"),
        (guest, "special_list.not_authorized"),
    ):
        with pytest.raises(Refused) as caught:
            setting(administrator, officer, member)
        assert caught.value.refusal.code == newest().rule_code == code
    with pytest.raises(Refused):
        setting(officer, officer)
    assert not Group.objects.exists()


def test_a_group_is_made_on_the_page_of_who_sees_a_list(hot_list, administrator, officer, signed_in):
    client, page = signed_in(administrator), f"/hot-lists/{hot_list.pk}/access/"
    typed = {"set-name": "Detail", "set-members": [officer.pk], "set-words": "Works the series"}
    assert client.post(f"{page}set-group/", typed).status_code == 302
    assert list(Group.objects.get(name="Detail").user_set.all()) == [officer]
    assert "Detail" in client.get(page).content.decode()
    assert client.post(f"{page}set-group/", {"set-name": "Detail"}).status_code == 200
