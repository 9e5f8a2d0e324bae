"""Finding a plate on the hot lists: by POST, on record, partial entries both ways; and narrowing the list."""

import pytest
from django.utils import timezone

from audit.models import LedgerEntry
from audit.refusals import Refused
from hotlists import operations
from hotlists.entries import look
from tests import make
from tests.hotlists.importing import imported
from tests.make import NOON

FIND = "/hot-plates/find/"


def found(plate, by):
    return operations.find_hot_plates(plate=plate, by=make.by(by), at=NOON)


@pytest.fixture
def entries(detective, special_list):
    return {
        "live": make.hot_plate("0DEM123", entered_by=detective),
        "ended": make.hot_plate("0DEM123", entered_by=detective, at=NOON.replace(day=1), hot_list=make.hot_list("B")),
        "partial": make.hot_plate("0DE?12?", entered_by=detective, partial=True, incident_number="26-000123"),
        "other": make.hot_plate("0DEM124", entered_by=detective),
        "longer": make.hot_plate("0DEM1234", entered_by=detective),
        "special": make.hot_plate("0DEM123", entered_by=detective, hot_list=special_list),
        "imported": imported("0DEM123"),
    }


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("0dem-123", {"live", "ended", "partial", "imported"}),
        ("0DEM12?", {"live", "ended", "other", "imported"}),
        ("0DE?12?", {"live", "ended", "partial", "other", "imported"}),
        ("????????", {"longer"}),
        ("0DEM125", {"partial"}),
        ("0XXX000", set()),
    ],
)
def test_a_plate_finds_its_entries_and_the_partial_ones_it_fits(detective, entries, typed, names):
    assert set(found(typed, detective).rows) == {entries[name] for name in names}


def test_live_ones_come_first_and_the_look_is_on_record_with_the_plate(detective, entries, last_record):
    answer = found("0DEM123", detective)
    assert answer.rows[-1] == entries["ended"]
    assert (answer.total, last_record().result_count) == (4, 4)
    assert (last_record().action, last_record().index) == ("hot_plate.list", answer.record_index)
    assert last_record().clear.query_elements == {"plate": "0DEM123"}
    found("0XXX000", detective)
    assert last_record().outcome == "empty"


def test_more_than_a_page_is_said_and_not_shown(detective, entries, monkeypatch):
    monkeypatch.setattr(look, "PAGE_SIZE", 2)
    answer = found("0DEM123", detective)
    assert (len(answer.rows), answer.total) == (2, 4)


def test_what_is_no_plate_is_refused_on_record(detective, last_record):
    with pytest.raises(Refused) as caught:
        found("0DEM*", detective)
    assert caught.value.refusal.code == last_record().rule_code == "hot_plate.plate_form"


def test_the_page_shows_what_was_found_and_its_address_holds_no_plate(detective, entries, signed_in):
    answer = signed_in(detective).post(FIND, {"plate": "0dem123"})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "4 entries" in html
    assert "partial" in html
    assert "imported" in html
    assert "0DEM123" not in html.split("</title>")[0]
    assert not [piece for piece in html.split('href="')[1:] if "0DEM123" in piece.split('"')[0]]


@pytest.mark.parametrize(("typed", "words"), [("0DЕM123", "Cyrillic"), ("", "required"), ("0" * 65, "at most")])
def test_a_wrong_plate_is_said_at_its_field(detective, signed_in, typed, words):
    assert words in signed_in(detective).post(FIND, {"plate": typed}).content.decode()


def test_an_address_does_not_find(detective, signed_in):
    assert signed_in(detective).get(FIND, {"plate": "0DEM123"}).status_code == 405


@pytest.mark.parametrize("typed", ["0DEM123", "not a plate"])
def test_one_without_the_right_finds_nothing_and_is_on_record(outsider, entries, signed_in, typed):
    answer = signed_in(outsider).post(FIND, {"plate": typed})
    assert answer.status_code == 403
    assert "26-123456" not in answer.content.decode()


def test_the_list_is_narrowed_to_one_list_and_to_ones_own(detective, officer, signed_in, last_record):
    at = timezone.now()
    mine = make.hot_plate("0DEM111", at=at, entered_by=officer)
    other = make.hot_list("Robberies")
    make.hot_plate("0DEM222", at=at, entered_by=detective)
    make.hot_plate("0DEM333", at=at, entered_by=detective, hot_list=other)
    client = signed_in(officer)

    def shown(query):
        html = client.get(f"/hot-plates/?{query}").content.decode()
        return [plate for plate in ("0DEM111", "0DEM222", "0DEM333") if f"{plate}</a>" in html]

    assert shown("") == ["0DEM111", "0DEM222", "0DEM333"]
    assert shown("mine=on") == ["0DEM111"]
    assert last_record().clear.query_elements["mine"] == "yes"
    assert shown(f"hot_list={other.pk}") == ["0DEM333"]
    assert shown(f"hot_list={mine.hot_list_id}&mine=on") == ["0DEM111"]
    assert client.get("/hot-plates/?hot_list=999999").status_code == 404


def test_a_special_list_that_is_not_open_to_one_is_no_choice(officer, special_list, signed_in):
    client = signed_in(officer)
    assert special_list.name not in client.get("/hot-plates/").content.decode()
    assert client.get(f"/hot-plates/?hot_list={special_list.pk}").status_code == 404


def test_partial_and_imported_entries_are_called_so(detective, signed_in):
    at = timezone.now()
    make.hot_plate("0DE?12?", at=at, entered_by=detective, partial=True, incident_number="26-000123")
    one = imported(at=at)
    client = signed_in(detective)
    html = client.get("/hot-plates/").content.decode()
    assert html.count('<span class="plate__unknown">?</span>') == 2
    assert "imported" in html
    page = client.get(f"/hot-plates/{one.pk}/").content.decode()
    assert "Own entries, on the list since" in page
    assert "Withdraw it" not in page
    assert "/renew/" not in page
    assert LedgerEntry.objects.filter(action="hot_plate.view").count() == 1
