"""Each thing that may not be searched is refused with its code, and the refusal is on the ledger."""

from datetime import UTC, datetime, timedelta

import pytest

from audit import rules as shared
from audit.actions import Action, Outcome
from audit.models import User
from audit.refusals import Refused
from detections.models import Search
from detections.rules import searches as rules
from detections.searching.run import run_search
from tests import make
from tests.detections.searching import asked, elk_grove, last_entry

NOON = make.NOON


def refused(by: User, **fields: object) -> str:
    """The code under which the search is refused; the ledger says the same and nothing was kept."""
    with pytest.raises(Refused) as caught:
        run_search(by=make.by(by), at=NOON, asked=asked(**fields))
    entry = last_entry()
    assert (entry.action, entry.outcome) == (Action.SEARCH_RUN, Outcome.REFUSED)
    assert (entry.rule_code, entry.index) == (caught.value.refusal.code, caught.value.record_index)
    assert entry.citation
    assert not Search.objects.exists()
    return caught.value.refusal.code


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"purpose": ""}, shared.NO_PURPOSE),
        ({"purpose": "curiosity"}, shared.NO_PURPOSE),
        ({"reason": ""}, shared.NO_PURPOSE),
        ({"reason": "inv"}, shared.VAGUE_REASON),
        ({"reason": "find him for immigration, at his home"}, shared.PROHIBITED),
        ({"reason": "where my ex parks at night"}, shared.PROHIBITED),
        ({"case_number": "twelve"}, shared.CASE_FORM),
        ({"plate": ""}, rules.PLATE_MISSING),
        ({"plate": " \t"}, rules.PLATE_MISSING),
        ({"plate": "0\u0414EM123"}, rules.PLATE_FORM),
        ({"plate": "0DEM\u0391BC"}, rules.PLATE_FORM),
        ({"plate": "0DEM\u200b123"}, rules.PLATE_FORM),
        ({"plate": "0DEM%"}, rules.PLATE_FORM),
        ({"plate": "0DEM_23"}, rules.PLATE_FORM),
        ({"plate": "0DEM12345"}, rules.PLATE_FORM),
        ({"state": "ZZ"}, rules.STATE_FORM),
        ({"from_at": NOON}, rules.WINDOW),
        ({"from_at": NOON + timedelta(days=400)}, rules.WINDOW),
        ({"from_at": NOON - timedelta(days=1), "to_at": NOON - timedelta(days=2)}, rules.WINDOW),
        ({"from_at": datetime(1926, 6, 16, tzinfo=UTC)}, rules.WINDOW),
        ({"from_at": datetime(1, 1, 1, tzinfo=UTC), "to_at": datetime(9999, 12, 31, tzinfo=UTC)}, rules.WINDOW),
        ({"attested": False}, rules.ATTESTATION),
        ({"purpose": "other_reviewed"}, shared.NEEDS_REVIEW),
    ],
)
def test_what_may_not_be_searched_is_refused_on_record(detective: User, fields: dict, rule: shared.Rule) -> None:
    assert refused(detective, **fields) == rule.code


def test_the_refusal_of_a_plate_names_the_character(detective: User) -> None:
    with pytest.raises(Refused, match="Cyrillic capital letter"):
        run_search(by=make.by(detective), at=NOON, asked=asked(plate="0\u0414EM123"))


def test_a_person_without_certificates_searches_nothing(untrained: User) -> None:
    assert refused(untrained) == shared.UNTRAINED.code


@pytest.mark.parametrize("person", ["dispatcher", "auditor", "clerk", "outsider", "administrator"])
def test_who_has_no_such_role_searches_nothing(person: str, request: pytest.FixtureRequest) -> None:
    assert refused(request.getfixturevalue(person)) == shared.ROLE.code


def test_elk_grove_asks_for_a_case_number(detective: User) -> None:
    elk_grove()
    assert refused(detective, purpose="stolen_vehicle", case_number="") == shared.CASE_MISSING.code


def test_elk_grove_cites_its_own_page_for_the_attestation(detective: User) -> None:
    elk_grove()
    refused(detective, purpose="stolen_vehicle", from_at=NOON - timedelta(days=3), attested=False)
    assert last_entry().citation == "EGPD ALPR transparency page, Prohibited Uses"


def test_a_window_as_long_as_the_ceiling_is_allowed_and_a_second_more_is_not(detective: User) -> None:
    whole = datetime(2024, 6, 16, 19, 0, tzinfo=UTC)
    assert refused(detective, from_at=whole - timedelta(seconds=1)) == rules.WINDOW.code
    assert run_search(by=make.by(detective), at=NOON, asked=asked(from_at=whole)).pk


def test_a_window_over_a_leap_day_may_be_two_calendar_years_long(detective: User) -> None:
    whole = datetime(2023, 3, 1, tzinfo=UTC)  # 731 days, since 29 February 2024 lies in it
    long = asked(from_at=whole, to_at=datetime(2025, 3, 1, tzinfo=UTC))
    assert run_search(by=make.by(detective), at=NOON, asked=long).pk


@pytest.mark.parametrize("reviewer", ["detective", "officer"])
def test_neither_oneself_nor_an_officer_documents_another_use(
    reviewer: str, detective: User, request: pytest.FixtureRequest
) -> None:
    named = request.getfixturevalue(reviewer)
    code = refused(detective, purpose="other_reviewed", reviewer=named, review="Reviewed on 15 June, memo 12")
    assert code == shared.NEEDS_REVIEW.code


def test_a_review_without_words_is_none(detective: User, administrator: User) -> None:
    assert refused(detective, purpose="other_reviewed", reviewer=administrator, review="ok") == shared.NEEDS_REVIEW.code


@pytest.mark.parametrize("classification", ["sergeant", "captain"])
def test_another_use_is_allowed_once_a_sergeant_documented_it(detective: User, classification: str) -> None:
    sergeant = make.user("sergeant", "officer", classification=classification)
    found = run_search(
        by=make.by(detective),
        at=NOON,
        asked=asked(purpose="other_reviewed", reviewer=sergeant, review="Parade route cleared, memo 12"),
    )
    assert (found.reviewed_by, found.review) == (sergeant, "Parade route cleared, memo 12")


def test_an_alpr_administrator_of_any_rank_documents_another_use(detective: User) -> None:
    it = make.user("it", "alpr_administrator", classification="public_safety_it")
    assert run_search(
        by=make.by(detective),
        at=NOON,
        asked=asked(purpose="other_reviewed", reviewer=it, review="Parade route cleared, memo 12"),
    ).pk


def test_a_sergeant_who_left_documents_nothing(detective: User) -> None:
    gone = make.user("gone", "officer", classification="sergeant", is_active=False)
    code = refused(detective, purpose="other_reviewed", reviewer=gone, review="Parade route cleared, memo 12")
    assert code == shared.NEEDS_REVIEW.code
