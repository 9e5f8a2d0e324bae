"""The pages of special lists and shares, through their doors: from the request to the share that is ended."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from hotlists import access
from hotlists.models import HotList, HotListShare
from tests import make
from tests.hotlists.special import sharing


@pytest.fixture
def granted(detective):
    """A special list open to the detective, with one live plate."""
    special = sharing.special()
    sharing.grant(detective, special)
    make.hot_plate("0DEM900", at=timezone.now(), hot_list=special, entered_by=detective)
    return special


def test_a_list_is_asked_for_opened_and_closed_on_its_pages(detective, administrator, signed_in):
    asker, opener = signed_in(detective), signed_in(administrator)
    typed = {"subject": "robbery", "why": "Car of the robberies on Elm Street", "case_number": "26-123456"}
    asker.post("/hot-lists/special/ask/", typed)
    page = f"/hot-lists/special/{HotList.objects.get().pk}/"
    assert "Open the list" not in asker.get(page).content.decode()
    assert "Open the list" in opener.get(page).content.decode()
    assert opener.post(f"{page}open/", {"words": "A real series"}).status_code == 302
    assert access.granted(detective, timezone.now()).lists == {HotList.objects.get().pk}
    assert opener.post(f"{page}close/", {"words": "Solved yesterday"}).status_code == 302
    assert HotList.objects.get().closed_why == "Solved yesterday"
    refused = opener.post(f"{page}close/", {"words": "Solved yesterday"})
    assert (refused.status_code, "special_list.closed" in refused.content.decode()) == (403, True)


def test_a_refused_request_is_shown_again_with_its_clause(detective, officer, signed_in):
    typed = {"subject": "robbery", "why": "My ex and her new car", "case_number": "26-123456"}
    answer = signed_in(detective).post("/hot-lists/special/ask/", typed)
    assert answer.status_code == 403
    assert "query.prohibited" in answer.content.decode()
    assert "My ex and her new car" in answer.content.decode()
    assert signed_in(officer).get("/hot-lists/special/ask/").status_code == 403


def test_who_sees_a_list_is_changed_on_its_page(granted, administrator, officer, dispatcher, signed_in):
    client, page = signed_in(administrator), f"/hot-lists/{granted.pk}/access/"
    team = Group.objects.create(name="Detail")
    team.user_set.add(dispatcher)
    client.post(f"{page}person/", {"person-person": officer.pk, "person-words": "Same case"})
    client.post(f"{page}group/", {"group-group": team.pk, "group-words": "Same case"})
    now = timezone.now()
    assert [access.granted(one, now).lists for one in (officer, dispatcher)] == [{granted.pk}] * 2
    html = client.get(page).content.decode()
    assert "Group of 1" in html
    assert "0DEM900" not in html
    client.post(f"{page}revoke/", {"revoke-who": f"person-{officer.pk}", "revoke-words": "Moved away"})
    client.post(f"{page}revoke/", {"revoke-who": f"group-{team.pk}", "revoke-words": "Moved away"})
    assert [access.granted(one, now).lists for one in (officer, dispatcher)] == [frozenset()] * 2


def test_a_wrong_form_changes_nothing_and_is_shown_again(granted, administrator, officer, signed_in):
    client, page = signed_in(administrator), f"/hot-lists/{granted.pk}/access/"
    assert client.post(f"{page}person/", {"person-person": officer.pk}).status_code == 200
    assert client.post(f"{page}person/", {"person-person": "x", "person-words": "Same case"}).status_code == 200
    refused = client.post(f"{page}person/", {"person-person": administrator.pk, "person-words": "Same case"})
    assert (refused.status_code, "people.own_rights" in refused.content.decode()) == (403, True)
    assert access.granted(officer, timezone.now()).lists == frozenset()


def share_form(entry=None, **changes):
    typed = {
        "agency": sharing.AGENCY,
        "agency_class": "ca_lea_learn_partner",
        "what": "plates" if entry else "whole",
        "days": "5",
        "why": "The same crew works both cities",
        "case_number": "26-123456",
    }
    return typed | ({"plates": [str(entry.pk)]} if entry else {}) | changes


def test_a_share_is_asked_for_approved_seen_and_ended_on_its_pages(granted, detective, commander, guest, signed_in):
    asker, decider, other = signed_in(detective), signed_in(commander), signed_in(guest)
    entry = granted.hot_plates.get()
    assert asker.post(f"/hot-lists/{granted.pk}/share/", share_form(entry)).status_code == 302
    share = HotListShare.objects.get()
    page = f"/hot-lists/shares/{share.pk}/"
    assert "0DEM900" not in other.get("/hot-plates/").content.decode()
    assert "0DEM900" in decider.get(page).content.decode()
    assert "1 waits for your decision" in decider.get("/hot-lists/shares/").content.decode()
    decided = {"decision": "approved", "words": "Both agencies agree on it"}
    assert asker.post(f"{page}decide/", decided).status_code == 403
    assert decider.post(f"{page}decide/", decided).status_code == 302
    assert "0DEM900" in other.get("/hot-plates/").content.decode()
    assert "guest" in asker.get(page).content.decode()
    assert other.get(page).status_code == 403
    assert asker.post(f"{page}end/", {"words": "Case is solved"}).status_code == 302
    assert "0DEM900" not in other.get("/hot-plates/").content.decode()


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"agency_class": "federal"}, 403, "C.4"),
        ({"agency_class": "ca_lea"}, 403, "C.2.a"),
        ({"days": "31"}, 403, "share.period"),
        ({"days": "400"}, 200, "longer than a year"),
        ({"what": "plates"}, 403, "share.what"),
        ({"agency_class": ""}, 200, "required"),
    ],
)
def test_a_share_that_may_not_be_is_shown_again_with_why(granted, detective, signed_in, changes, status, said):
    answer = signed_in(detective).post(f"/hot-lists/{granted.pk}/share/", share_form(**changes))
    assert (answer.status_code, said in answer.content.decode()) == (status, True)
    assert not HotListShare.objects.exists()


def test_a_decision_without_words_or_choice_decides_nothing(granted, detective, commander, signed_in):
    share = sharing.share_row(granted, detective, at=timezone.now())
    client = signed_in(commander)
    for typed in (
        {"decision": "approved"},
        {"words": "Both agencies agree on it"},
        {"decision": "x", "words": "a b c"},
    ):
        assert client.post(f"/hot-lists/shares/{share.pk}/decide/", typed).status_code == 422
    assert HotListShare.objects.get().decision == ""


def test_a_share_that_lapsed_is_not_offered_for_decision(granted, detective, commander, signed_in):
    share = sharing.share_row(granted, detective, at=timezone.now() - timedelta(days=10))
    html = signed_in(commander).get(f"/hot-lists/shares/{share.pk}/").content.decode()
    assert "Lapsed undecided" in html
    assert "Approve" not in html
