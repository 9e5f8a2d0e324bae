"""The home page: what needs this person now, in figures that link to the lists behind them."""

import pytest
from django.utils import timezone

from alpr_site.home import figures_for
from audit.models import LedgerEntry
from detections.models import Hit, QuarantinedRead, SearchApproval
from tests import make
from tests.detections.searching import kept_search


@pytest.fixture
def waiting_hit(detective) -> Hit:
    now = timezone.now()
    entry = make.hot_plate(at=now, entered_by=detective)
    read = make.detection(at=now)
    return Hit.objects.create(
        detection=read, hot_plate=entry, plate=read.plate, captured_at=read.captured_at, created_at=now
    )


def words(user) -> dict[str, int]:
    return {figure.words: figure.number for figure in figures_for(user, timezone.now())}


def test_a_dispatcher_sees_how_many_hits_wait(waiting_hit, dispatcher):
    assert words(dispatcher)["hits wait for someone"] == 1


def test_a_detective_sees_the_hot_plates_they_entered(waiting_hit, detective):
    assert words(detective)["live hot plates you entered"] == 1


def test_an_auditor_sees_refusals_and_no_hits(waiting_hit, auditor):
    assert set(words(auditor)) == {
        "looks refused in the last 24 hours",
        "records in the last 24 hours",
        "records no witness has seen yet",
        "inspections wait for you",
        "weeks lack an audit export of another system",
    }


def test_a_sergeant_sees_how_many_wide_searches_wait_here_and_in_the_menu(detective, administrator, signed_in):
    now = timezone.now()
    SearchApproval.objects.create(
        asked_by=detective, asked_at=now, purpose="locate", reason="Hit and run on Levee Road", question={}
    )
    assert words(administrator)["wide searches wait for approval"] == 1
    page = signed_in(administrator).get("/")
    assert [(one["label"], one["count"]) for one in page.context["navigation"] if "count" in one] == [("Approvals", 1)]
    assert "wide searches wait for approval" not in words(detective)


def test_an_administrator_sees_how_many_wrong_clocks_wait(administrator):
    now = timezone.now()
    QuarantinedRead.objects.create(
        camera=make.camera(approver=administrator), claimed_at=now, received_at=now, body={}, reason="clock"
    )
    assert words(administrator)["reads with a wrong clock wait"] == 1


def every_entry(page):
    """The menu's entries, those of groups among them."""
    return [one for entry in page.context["navigation"] for one in (entry["pages"] or [entry])]


def test_custodian_and_auditor_are_led_to_purges(auditor, signed_in):
    for person in (auditor, make.user("custodian", "custodian", trained=False)):
        assert "Purges" in [one["label"] for one in every_entry(signed_in(person).get("/"))]


def test_the_home_page_shows_figures_and_no_plate(waiting_hit, dispatcher, signed_in):
    body = signed_in(dispatcher).get("/").content.decode()
    assert "hits wait for someone" in body
    assert waiting_hit.plate not in body
    assert LedgerEntry.objects.count() == 0


@pytest.mark.parametrize(
    "who", ["detective", "officer", "dispatcher", "administrator", "auditor", "clerk", "outsider", "untrained"]
)
def test_every_figure_and_every_menu_entry_leads_somewhere_open(db, request, signed_in, who):
    user = request.getfixturevalue(who)
    client = signed_in(user)
    page = client.get("/")
    assert page.status_code == 200
    for entry in every_entry(page):
        if who != "untrained":
            assert client.get(entry["url"]).status_code == 200, entry["url"]
    for figure in page.context["figures"]:
        if who != "untrained":
            assert client.get(figure.url).status_code == 200, figure.url


def test_the_public_is_told_what_this_is(db, client):
    body = client.get("/").content.decode()
    assert "License plate" in body
    assert "Staff sign-in" in body


def test_own_searches_are_listed_without_the_words_typed(detective, signed_in):
    now = timezone.now()
    kept_search(detective, at=now, reason="looking for 0DEM123", result_count=0)
    body = signed_in(detective).get("/").content.decode()
    assert "locate, case 26-123456" in body
    assert "0DEM123" not in body
