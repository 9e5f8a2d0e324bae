"""The pages of hot plates: who gets them, what they refuse, and that no address or title holds a plate."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hotlists.models import HotPlate
from tests import make

LIST = "/hot-plates/"
ENTER = "/hot-plates/enter/"


@pytest.fixture
def typed(own_list):
    return {
        "plate": "0dem 123",
        "state": "CA",
        "category": "stolen_vehicle",
        "case_number": "26-123456",
        "xref": "",
        "reason": "Stolen from the Elm Street garage",
        "life": "24",
        "hot_list": own_list.pk,
        "system": "",
        "system_entry_number": "",
    }


@pytest.fixture
def live(detective):
    return make.hot_plate(at=timezone.now(), entered_by=detective)


def test_nobody_unknown_sees_a_page(db):
    for address in (LIST, ENTER):
        assert Client().get(address).status_code == 302


def test_the_list_shows_the_live_ones(detective, live, signed_in):
    page = signed_in(detective).get(LIST)
    assert page.status_code == 200
    html = page.content.decode()
    assert "0DEM123" in html
    assert "data-countdown" in html
    assert "no-store" in page["Cache-Control"]


def test_no_address_and_no_title_holds_the_plate(detective, live, signed_in):
    client = signed_in(detective)
    for address in (LIST, reverse("hotlists:hot_plate", args=[live.pk]), reverse("hotlists:renew", args=[live.pk])):
        html = client.get(address).content.decode()
        assert "0DEM123" in html
        assert "0DEM123" not in html.split("</title>")[0]
        assert not [piece for piece in html.split('href="')[1:] if "0DEM123" in piece.split('"')[0]]


@pytest.mark.parametrize("address", ["?tab=secret", "?tab="])
def test_an_unknown_tab_is_not_found(detective, signed_in, address):
    assert signed_in(detective).get(LIST + address).status_code == 404


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 30, "²"])
def test_a_strange_page_number_is_the_nearest_page(detective, live, signed_in, number):
    assert signed_in(detective).get(LIST, {"page": number}).status_code == 200


@pytest.mark.parametrize("person", ["clerk", "untrained"])
def test_those_without_the_right_get_the_refusal_page(person, request, signed_in, live):
    page = signed_in(request.getfixturevalue(person)).get(LIST)
    assert page.status_code == 403
    assert "0DEM123" not in page.content.decode()


def test_a_dispatcher_is_not_offered_what_is_not_hers(dispatcher, live, signed_in):
    client = signed_in(dispatcher)
    assert ENTER not in client.get(LIST).content.decode()
    assert "Withdraw" not in client.get(reverse("hotlists:hot_plate", args=[live.pk])).content.decode()
    assert client.get(ENTER).status_code == 403


def test_a_right_form_enters_the_plate_and_its_page_warns_of_the_missing_state_entry(detective, typed, signed_in):
    client = signed_in(detective)
    assert client.post(ENTER, typed).status_code == 302
    entry = HotPlate.objects.get()
    assert (entry.plate, entry.system) == ("0DEM123", "")
    assert "No CLETS/NCIC entry is noted" in client.get(reverse("hotlists:hot_plate", args=[entry.pk])).content.decode()


def test_with_the_state_entry_nothing_is_missing(detective, typed, signed_in):
    typed |= {"system": "SVS", "system_entry_number": "4711"}
    client = signed_in(detective)
    client.post(ENTER, typed)
    html = client.get(reverse("hotlists:hot_plate", args=[HotPlate.objects.get().pk])).content.decode()
    assert "No CLETS/NCIC entry is noted" not in html
    assert "4711" in html


def test_a_refused_form_comes_back_with_its_law_and_all_that_was_typed(detective, typed, signed_in):
    page = signed_in(detective).post(ENTER, typed | {"case_number": ""})
    assert page.status_code == 403
    html = page.content.decode()
    assert "hot_plate.case_missing" in html
    assert "E.1.a" in html
    assert "Stolen from the Elm Street garage" in html
    assert not HotPlate.objects.exists()


def test_a_look_alike_letter_is_named_at_its_field(detective, typed, signed_in):
    html = signed_in(detective).post(ENTER, typed | {"plate": "0DЕM123"}).content.decode()
    assert "Cyrillic" in html
    assert not HotPlate.objects.exists()


@pytest.mark.parametrize("life", ["25", "0", "-1", "1e9", "nan", ""])
def test_only_lives_the_policy_allows_can_be_chosen(detective, typed, signed_in, life):
    page = signed_in(detective).post(ENTER, typed | {"life": life})
    assert page.status_code == 200
    assert not HotPlate.objects.exists()


def test_withdrawing_by_form(detective, live, signed_in):
    address = reverse("hotlists:withdraw", args=[live.pk])
    client = signed_in(detective)
    refused = client.post(address, {"reason": "done"})
    assert (refused.status_code, "hot_plate.withdrawal_reason" in refused.content.decode()) == (403, True)
    assert client.get(address).status_code == 405
    client.post(address, {"reason": "Vehicle recovered by patrol"})
    live.refresh_from_db()
    assert live.withdrawn_by == detective


def test_renewing_by_form(detective, live, signed_in):
    address = reverse("hotlists:renew", args=[live.pk])
    client = signed_in(detective)
    assert client.get(address).status_code == 200
    refused = client.post(address, {"reason": live.reason, "life": "2"})
    assert (refused.status_code, "hot_plate.same_reason" in refused.content.decode()) == (403, True)
    answer = client.post(address, {"reason": "Seen again on Broadway", "life": "2"}, follow=True)
    assert answer.status_code == 200
    assert HotPlate.objects.get(renewal_of=live).reason == "Seen again on Broadway"


def test_the_state_entry_is_noted_by_form(detective, live, signed_in):
    client = signed_in(detective)
    client.post(reverse("hotlists:system_entry", args=[live.pk]), {"system": "SVS", "entry_number": "4711"})
    live.refresh_from_db()
    assert live.system_entry_number == "4711"


def test_an_entry_of_a_closed_list_is_not_found(officer, detective, special_list, signed_in):
    entry = make.hot_plate(at=timezone.now(), hot_list=special_list, entered_by=detective)
    client = signed_in(officer)
    for name in ("hot_plate", "renew"):
        assert client.get(reverse(f"hotlists:{name}", args=[entry.pk])).status_code == 404
    for name, data in [
        ("withdraw", {"reason": "not mine at all"}),
        ("system_entry", {"system": "SVS", "entry_number": "1"}),
        ("renew", {"reason": "Seen again on Broadway", "life": "2"}),
    ]:
        assert client.post(reverse(f"hotlists:{name}", args=[entry.pk]), data).status_code == 404
    assert special_list.name not in client.get(ENTER).content.decode()
