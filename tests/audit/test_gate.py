"""The gate: role, training, purpose and case, each with its code and its clause under the profile in force."""

from datetime import date

import pytest

from audit import asker, gate, policy, rules
from audit.abilities import ABILITIES, Ability, abilities_of
from audit.models import DivisionAssignment, PolicyActivation, RoleGrant
from audit.refusals import Refused
from tests import make
from tests.make import NOON

SACRAMENTO, ELK_GROVE = policy.load("sacpd_525_08"), policy.load("egpd_462")


def code_of(call) -> str:
    with pytest.raises(Refused) as caught:
        call()
    return f"{caught.value.refusal.code} {caught.value.refusal.citation.section}"


def test_a_trained_detective_passes(detective):
    assert gate.admit(make.by(detective), Ability.SEARCH, at=NOON).id == "sacpd_525_08"


def test_one_without_the_role_is_refused_by_b1(auditor):
    assert code_of(lambda: gate.admit(make.by(auditor), Ability.SEARCH, at=NOON)) == "access.role B.1"


def test_one_without_certificates_is_refused_by_a3(untrained):
    assert code_of(lambda: gate.admit(make.by(untrained), Ability.SEARCH, at=NOON)) == "access.training A.3"


def test_elk_grove_asks_for_its_own_course_only(untrained):
    PolicyActivation.objects.create(profile="egpd_462", version="seed-002", effective_from=make.LONG_AGO)
    asking = lambda: gate.admit(make.by(untrained), Ability.SEARCH, at=NOON)  # noqa: E731
    assert code_of(asking) == "access.training 462.3(d)"
    make.certificate(untrained, "alpr")
    assert asking().id == "egpd_462"


@pytest.mark.parametrize(("expires_on", "holds"), [(date(2026, 6, 17), True), (date(2026, 6, 16), False)])
def test_a_certificate_ends_at_midnight_of_the_agency(db, expires_on, holds):
    member = make.user("edge", "detective", trained=False)
    make.certificate(member, "clets", expires_on=expires_on)
    assert gate.training_of(member, NOON).clets is holds


def test_a_role_that_ended_allows_nothing(detective):
    RoleGrant.objects.update(ends_at=NOON)
    assert abilities_of(detective, NOON) == frozenset()


def test_a_suspended_person_can_do_nothing(detective):
    detective.is_active = False
    assert abilities_of(detective, NOON) == frozenset()


@pytest.mark.parametrize("party", [asker.system("task"), asker.public(address="192.0.2.1")])
def test_only_people_pass(db, party):
    assert code_of(lambda: gate.admit(party, Ability.SEARCH, at=NOON)) == "access.role B.1"


def test_who_runs_the_machine_does_not_search():
    assert Ability.SEARCH not in ABILITIES["system_administrator"]
    assert set(ABILITIES) == set(RoleGrant.Role.values)


@pytest.mark.parametrize(
    ("purpose", "reason", "case", "profile", "code"),
    [
        ("", "stolen from Elm Street", "26-123456", SACRAMENTO, "query.purpose_missing"),
        ("nonsense", "stolen from Elm Street", "26-123456", SACRAMENTO, "query.purpose_missing"),
        ("locate", "", "26-123456", SACRAMENTO, "query.purpose_missing"),
        ("locate", "inv", "26-123456", SACRAMENTO, "query.reason_vague"),
        ("locate", "police work check", "26-123456", SACRAMENTO, "query.reason_vague"),
        ("locate", "stolen from Elm Street", "", ELK_GROVE, "query.purpose_missing"),
        ("stolen_vehicle", "stolen from Elm Street", "", ELK_GROVE, "query.case_missing"),
        ("stolen_vehicle", "stolen from Elm Street", "case 5", ELK_GROVE, "query.case_form"),
        ("locate", "stolen from Elm Street", "26/123456", SACRAMENTO, "query.case_form"),
        ("locate", "helping ICE with a removal", "26-123456", SACRAMENTO, "query.prohibited"),
        ("stolen_vehicle", "speeding on Main Street today", "26-123456", ELK_GROVE, "query.prohibited"),
    ],
)
def test_a_look_without_a_lawful_reason_is_refused(purpose, reason, case, profile, code):
    assert code_of(lambda: gate.check_purpose(purpose, reason, case, profile)).split()[0] == code


@pytest.mark.parametrize(
    "reason", ["stolen from Elm Street", "notice of a missing person", "service road robbery lead"]
)
def test_words_that_only_contain_a_forbidden_one_pass(reason):
    gate.check_purpose("locate", reason, "26-123456", SACRAMENTO)


@pytest.mark.parametrize(
    "reason",
    [
        "helping \uff29\uff23\uff25 with a case",  # full width
        "helping I\u200bC\u00adE with a case",  # a zero-width space and a soft hyphen
        "helping \u0406\u0421\u0415 with a case",  # Cyrillic
        "helping \u0456\u0441\u0435 with a case",
        "helping \u0399\u03f9\u0395 with a case",  # Greek
        "the border\u00a0patrol asked for this",
    ],
)
def test_a_forbidden_word_in_disguise_is_refused(reason):
    assert rules.refuse_prohibited(reason, SACRAMENTO).code == "query.prohibited"


@pytest.mark.parametrize("case", ["26-123456\n", "26-\u0661\u0662\u0663", "\uff12\uff16-123456", "26-123456 "])
def test_a_case_number_is_plain_digits_to_its_end(case):
    assert rules.refuse_case_number(case, SACRAMENTO).code == "query.case_form"


@pytest.mark.parametrize("case", ["", "26-123456", "2026-123"])
def test_sacramento_takes_a_case_number_or_none(case):
    assert rules.refuse_case_number(case, SACRAMENTO) is None


@pytest.mark.parametrize(
    ("classification", "in_rtic", "counts"),
    [
        ("sergeant", True, True),
        ("detective", True, True),
        ("public_safety_it", True, True),
        ("sergeant", False, False),
        ("officer", True, False),
        ("captain", True, False),
    ],
)
def test_an_alpr_administrator_is_of_the_rtic_and_of_the_orders_ranks(db, classification, in_rtic, counts):
    member = make.user("member", classification=classification)
    RoleGrant.objects.create(user=member, role="alpr_administrator", starts_at=make.LONG_AGO)
    if in_rtic:
        make.assignment(member, make.division("Real-Time Information Center", is_rtic=True))
    assert (Ability.MANAGE_CAMERAS in abilities_of(member, NOON)) is counts


def test_an_assignment_that_ended_ends_the_administrator(administrator):
    assert Ability.MANAGE_CAMERAS in abilities_of(administrator, NOON)
    DivisionAssignment.objects.update(ends_at=NOON)
    assert Ability.MANAGE_CAMERAS not in abilities_of(administrator, NOON)


def test_elk_grove_names_no_rank_for_its_administrators(db):
    PolicyActivation.objects.create(profile="egpd_462", version="seed-002", effective_from=make.LONG_AGO)
    member = make.user("member", classification="officer")
    RoleGrant.objects.create(user=member, role="alpr_administrator", starts_at=make.LONG_AGO)
    assert Ability.MANAGE_CAMERAS in abilities_of(member, NOON)
