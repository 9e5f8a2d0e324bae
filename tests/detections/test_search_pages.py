"""The doors of the search: who gets in, what is kept in the form, and that no plate ever stands in a URL."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.actions import Action, Outcome
from audit.models import LedgerEntry, User
from audit.policy import load
from detections.models import PlateCorrection, Search
from detections.photo_tokens import MAX_AGE_SECONDS, TokenError, make_token, read_token
from detections.searching.form import SearchForm
from tests import make
from tests.detections.searching import form_data, last_entry, photo

FORM = "/search/"


def local(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def lately(**fields: object) -> dict:
    """A search of the last two days, by the real clock."""
    return form_data(from_at=local(timezone.now() - timedelta(days=2)), to_at="") | fields


def run(client: Client, **fields: object) -> str:
    """Run a search; where its answer is."""
    answer = client.post(FORM, lately(**fields))
    assert answer.status_code == 303, answer.content.decode()[:3000]
    return answer["Location"]


def test_without_a_sign_in_there_is_no_form(client: Client) -> None:
    assert client.get(FORM).status_code == 302
    assert client.post(FORM, lately()).status_code == 302


def test_the_form_shows_each_purpose_with_its_clause(detective: User, signed_in) -> None:
    page = signed_in(detective).get(FORM)
    assert page.status_code == 200
    text = page.content.decode()
    for purpose in load("sacpd_525_08").purposes:
        assert purpose.citation.section in text
    assert "no reasonable suspicion" in text
    assert "P" in re.search(r"Local time \((P[DS]T) today\)", text)[1]


def test_who_may_not_search_is_refused_the_form_on_record(auditor: User, signed_in) -> None:
    assert signed_in(auditor).get(FORM).status_code == 403
    assert (last_entry().action, last_entry().rule_code) == (Action.SEARCH_RUN, "access.role")


def test_a_search_leads_to_an_opaque_address(detective: User, signed_in) -> None:
    make.detection(at=timezone.now() - timedelta(hours=1))
    client = signed_in(detective)
    address = run(client)
    assert re.fullmatch(r"/search/[0-9a-f-]{36}/", address)
    page = client.get(address)
    text = page.content.decode()
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert "1 read" in text
    assert f">{last_entry().index}</span>" in text
    assert last_entry().action == Action.SEARCH_PAGE


def test_no_plate_stands_in_any_address_or_title_of_the_pages(detective: User, signed_in) -> None:
    at = timezone.now() - timedelta(hours=1)
    make.detection(at=at, seen_by=make.camera(), photo=photo(at=at))
    client = signed_in(detective)
    address = run(client, reason="Where is 0DEM123 stolen last night")
    results = client.get(address).content.decode()
    detail = client.get(re.search(r'href="(/reads/[^"]+)"', results)[1]).content.decode()
    form = client.get(FORM).content.decode()
    for text in (results, detail, form):
        addresses = re.findall(r'(?:href|src|action)="([^"]*)"', text)
        assert addresses
        assert not [found for found in addresses if "DEM123" in found.upper()]
        assert "DEM123" not in re.search(r"<title>(.*?)</title>", text, re.S)[1]
        assert 'style="' not in text
    assert "0DEM123" not in form


def test_a_refused_search_keeps_what_was_typed(detective: User, signed_in) -> None:
    client = signed_in(detective)
    client.post(FORM, lately(plate=""))
    page = client.post(FORM, lately(reason="inv"))
    text = page.content.decode()
    assert page.status_code == 403
    assert "query.reason_vague" in text
    assert f">{last_entry().index}</span>" in text
    assert 'value="0DEM123"' in text
    assert not Search.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"from_at": "yesterday"},
        {"from_at": ""},
        {"from_at": "9999-12-31T23:59"},
        {"state": "XX"},
        {"cameras": "NO-SUCH"},
    ]
    + [{"plate": "0DEM\x00123"}, {"reason": "x" * 501}],
)
def test_what_is_no_search_at_all_comes_back_as_an_error(detective: User, signed_in, fields: dict) -> None:
    assert signed_in(detective).post(FORM, lately(**fields)).status_code == 422
    assert not LedgerEntry.objects.filter(action=Action.SEARCH_RUN).exists()


def test_nobody_else_opens_the_answer(detective: User, officer: User, auditor: User, signed_in) -> None:
    address = run(signed_in(detective))
    assert signed_in(officer).get(address).status_code == 404
    assert signed_in(officer).get(f"/search/{uuid4()}/").status_code == 404
    assert signed_in(auditor).get(address).status_code == 403


def test_own_searches_are_listed_with_the_plate_masked(detective: User, officer: User, signed_in) -> None:
    client = signed_in(detective)
    address = run(client)
    text = client.get(FORM).content.decode()
    assert address in text
    assert "0\u2022\u2022\u2022\u2022\u20223" in text
    assert address not in signed_in(officer).get(FORM).content.decode()


def test_more_than_a_page_leads_on_by_a_signed_place(detective: User, signed_in) -> None:
    camera = make.camera()
    for minutes in range(110):
        make.detection(at=timezone.now() - timedelta(minutes=minutes + 1), seen_by=camera)
    client = signed_in(detective)
    address = run(client)
    first = client.get(address).content.decode()
    assert "1 to 100 below" in first
    onward = re.search(r'rel="next" href="([^"]+)"', first)[1]
    assert "101 to 110 below" in client.get(onward).content.decode()
    assert client.get(f"{address}?after=forged").status_code == 404


def test_a_results_page_asks_the_database_the_same_however_many_reads(
    detective: User, signed_in, django_assert_max_num_queries
) -> None:
    camera = make.camera()
    for minutes in range(100):
        make.detection(at=timezone.now() - timedelta(minutes=minutes + 1), seen_by=camera)
    client = signed_in(detective)
    address = run(client)
    with django_assert_max_num_queries(32):
        client.get(address)


def test_a_read_opens_under_the_purpose_of_its_search(detective: User, signed_in) -> None:
    read = make.detection(at=timezone.now() - timedelta(hours=1), plate_read="0DEM1Z3")
    PlateCorrection.objects.create(
        detection=read,
        plate_before="0DEM1Z3",
        plate_after="0DEM123",
        corrected_by=detective,
        corrected_at=timezone.now(),
        reason="Seen by eye",
    )
    client = signed_in(detective)
    results = client.get(run(client)).content.decode()
    page = client.get(re.search(r'href="(/reads/[^"]+)"', results)[1])
    text = page.content.decode()
    assert page.status_code == 200
    assert "0DEM1Z3" in text
    assert "Seen by eye" in text
    entry = last_entry()
    assert (entry.action, entry.outcome, entry.purpose) == (Action.READ_VIEW, Outcome.ALLOWED, "locate")
    assert entry.clear.case_number == "26-123456"
    assert entry.subject_id == str(read.pk)


def test_a_read_without_a_purpose_is_refused_on_record(detective: User, signed_in) -> None:
    read = make.detection(at=timezone.now() - timedelta(hours=1))
    page = signed_in(detective).get(reverse("detections:read", args=[read.pk]))
    assert page.status_code == 403
    assert "0DEM123" not in page.content.decode()
    assert (last_entry().rule_code, last_entry().outcome) == ("search.context_missing", Outcome.REFUSED)


def test_a_token_is_for_one_person_one_subject_and_ten_minutes(detective: User, officer: User) -> None:
    subject, at = uuid4(), make.NOON
    token = make_token(detective, subject, "locate", "stolen 0DEM123", "26-1", at=at)
    assert "0DEM123" not in token
    assert read_token(token, detective, subject, at=at + timedelta(seconds=MAX_AGE_SECONDS)).purpose == "locate"
    for user, wanted, later in [
        (officer, subject, 0),
        (detective, uuid4(), 0),
        (detective, subject, MAX_AGE_SECONDS + 1),
    ]:
        with pytest.raises(TokenError):
            read_token(token, user, wanted, at=at + timedelta(seconds=later))
    for broken in ("", "x", "\u00e9", token[:-4]):
        with pytest.raises(TokenError):
            read_token(broken, detective, subject, at=at)


def test_a_read_past_its_ceiling_is_not_there(detective: User, signed_in) -> None:
    read = make.detection(at=timezone.now() - timedelta(days=900))
    token = make_token(detective, read.ref, "locate", "Stolen last night", "26-1", at=timezone.now())
    assert signed_in(detective).get(reverse("detections:read", args=[read.pk]), {"t": token}).status_code == 404
    assert last_entry().outcome == Outcome.FAILED


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ("2026-11-01T01:30", (8, 30), (9, 30)),  # comes twice: PDT, then PST
        ("2026-03-08T02:30", (9, 30), (10, 30)),  # does not exist
        ("2026-06-16T12:00", (19, 0), (19, 0)),
    ],
)
def test_on_the_nights_of_the_clock_change_no_read_is_lost(
    detective: User, typed: str, start: tuple[int, int], end: tuple[int, int]
) -> None:
    data = form_data(from_at=typed, to_at=typed)
    form = SearchForm(data, profile=load("sacpd_525_08"), user=detective, at=make.NOON)
    assert form.is_valid(), form.errors
    day = datetime.fromisoformat(typed).date()
    expected = [datetime(day.year, day.month, day.day, *clock, tzinfo=UTC) for clock in (start, end)]
    assert [form.asked().from_at, form.asked().to_at] == expected


def test_chosen_reads_go_to_a_hold_or_a_package_by_reference(detective: User, signed_in) -> None:
    for minutes in (5, 10):
        make.detection(at=timezone.now() - timedelta(minutes=minutes))
    client = signed_in(detective)
    text = client.get(run(client)).content.decode()
    fields = dict(re.findall(r'<input type="hidden" name="(from_case|search)" value="([^"]+)">', text))
    choices = re.findall(r'name="read" value="([^"]+)"', text)
    assert len(choices) == 2
    for door in re.findall(r'formaction="([^"]+)"', text):
        page = client.post(door, fields | {"read": choices[0]})
        assert page.status_code == 200, door
        assert client.post(door, fields | {"read": choices[0] + "x"}).status_code == 400
    assert {"/holds/new/", "/evidence/new/"} <= set(re.findall(r'formaction="([^"]+)"', text))


def test_who_may_neither_hold_nor_pack_chooses_nothing(officer: User, signed_in) -> None:
    make.detection(at=timezone.now() - timedelta(minutes=5))
    client = signed_in(officer)
    text = client.get(run(client)).content.decode()
    assert 'name="read"' not in text
    assert "formaction" not in text
