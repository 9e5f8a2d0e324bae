"""The pages of possible matches say what they are not, and hide what a list hides."""

import re
import uuid

import pytest
from django.utils import timezone

from hotlists.models import HotListImport
from tests import make
from tests.detections.possible import look, possible


@pytest.fixture
def now():
    return timezone.now()


def test_the_queue_page_marks_the_differing_character_and_says_it_is_no_hit(dispatcher, signed_in, now):
    possible("0DEM12B", "0DEM128", at=now)
    page = signed_in(dispatcher).get("/hits/possible/").content.decode()
    assert "0DEM12<mark>B</mark>" in page
    assert "0DEM12<mark>8</mark>" in page
    assert "Never a hit, never a stop." in page
    assert "7th character: 8 in the hot plate, B in the read." in page


def test_no_address_on_the_pages_holds_a_plate(dispatcher, signed_in, now):
    match = possible("0DEM12B", "0DEM128", at=now)
    client = signed_in(dispatcher)
    for path in ("/hits/possible/", f"/hits/possible/{match.pk}/"):
        addresses = re.findall(r'(?:href|src|action|data-picture)="([^"]*)"', client.get(path).content.decode())
        assert not [address for address in addresses if "0DEM" in address]


def test_a_decision_comes_back_with_the_hit_it_made(dispatcher, signed_in, now):
    match = possible(at=now)
    look(match, dispatcher, at=now)
    client = signed_in(dispatcher)
    answer = client.post(f"/hits/possible/{match.pk}/decide/", {"outcome": "same"}, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == f"/hits/possible/{match.pk}/"
    assert "it is a hit now" in page
    assert "Open the hit" in page


def test_a_refused_decision_shows_its_clause_and_what_was_typed(dispatcher, signed_in, now):
    match = possible(at=now)
    answer = signed_in(dispatcher).post(
        f"/hits/possible/{match.pk}/decide/", {"outcome": "lead", "note": "same dented door"}
    )
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "possible_match.picture_unseen" in page
    assert "A.9" in page
    assert "same dented door" in page


def test_ticked_ones_are_dismissed_and_those_left_are_told(dispatcher, signed_in, now):
    bare, unseen = possible(at=now, picture=False), possible("0DEM2B1", "0DEM281", at=now)
    page = signed_in(dispatcher).post(
        "/hits/possible/dismiss/", {"chosen": [str(bare.pk), str(unseen.pk), str(uuid.uuid4())]}, follow=True
    )
    text = page.content.decode()
    assert "1 called another vehicle." in text
    assert "One was left: You have not opened the picture" in text
    assert "1 is not there any more." in text


@pytest.mark.parametrize("chosen", [[], ["x"], ["0DEM123"]])
def test_nothing_ticked_is_said_and_changes_nothing(dispatcher, signed_in, now, chosen):
    match = possible(at=now, picture=False)
    answer = signed_in(dispatcher).post("/hits/possible/dismiss/", {"chosen": chosen})
    assert answer.status_code == 422
    match.refresh_from_db()
    assert match.status == "new"


def test_an_outcome_that_is_none_is_422(dispatcher, signed_in, now):
    match = possible(at=now, picture=False)
    assert signed_in(dispatcher).post(f"/hits/possible/{match.pk}/decide/", {"outcome": "stop"}).status_code == 422


@pytest.mark.parametrize("query", ["?show=x&page=-1", "?kind=%00", "?page=" + "9" * 400, "?kind=partial&show=decided"])
def test_an_odd_query_is_a_page(dispatcher, signed_in, db, query):
    assert signed_in(dispatcher).get(f"/hits/possible/{query}").status_code == 200


def test_a_hidden_one_is_404_by_every_address(officer, signed_in, now):
    entry = make.hot_plate("0DEM128", at=now, hot_list=make.hot_list("Special one", kind="special"))
    match = possible(hot_plate=entry, at=now, picture=False)
    client = signed_in(officer)
    assert client.get(f"/hits/possible/{match.pk}/").status_code == 404
    assert client.post(f"/hits/possible/{match.pk}/decide/", {"outcome": "dismissed"}).status_code == 404
    assert "0DEM12" not in client.get("/hits/possible/").content.decode()


def test_an_imported_hot_plate_shows_its_source_and_no_person(dispatcher, signed_in, now):
    entry = make.hot_plate("0DEM128", at=now)
    made = HotListImport.objects.create(
        hot_list=entry.hot_list,
        layout="generic_csv",
        origin="upload",
        handed_in_at=now,
        name="x.csv",
        size=1,
        sha256="0",
    )
    type(entry).objects.filter(pk=entry.pk).update(
        entered_by=None,
        case_number="",
        listed_digest=uuid.uuid4(),
        imported_from=made,
        expires_at=None,
        max_ttl_applies=False,
    )
    entry.refresh_from_db()
    match = possible(hot_plate=entry, at=now, picture=False)
    page = signed_in(dispatcher).get(f"/hits/possible/{match.pk}/").content.decode()
    assert "Own entries, since" in page
