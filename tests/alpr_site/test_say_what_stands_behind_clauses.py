"""The compliance page: every clause of the orders is there, names only what exists, and one with nothing is red."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from alpr_site.compliance import behind, clauses, document, meter, page
from audit import policy
from audit.models import Designation, LedgerEntry, PolicyActivation
from audit.refusals import Refused
from tests import make
from tests.make import NOON

# Every section of the two texts, in their order. A section that is not here cannot be forgotten on the page.
ORDER = """
Purpose Policy A.1 A.2 A.3 A.4 A.5 A.6 A.7 A.8 A.9 A.10 A.11 A.12 A.13 A.14 A.15 A.16 A.17
B.1 B.2 B.2.a B.2.b B.2.b(1) B.2.b(2) B.2.c C.1 C.2 C.2.a C.3 C.4 C.5 C.6
D.1 D.1.a D.1.b D.1.c D.2 D.2.a D.2.b D.2.b(1) D.2.b(2) D.2.b(2)(a) D.2.c D.3 D.3.a D.3.b D.3.c D.3.d D.3.e
D.4 D.5 D.5.a D.5.b D.6 D.6.a D.6.a(1) D.6.a(2) D.6.a(3) D.6.a(4) E.1 E.1.a E.1.a(1) E.1.b E.2
F.1 F.1.a F.1.b F.1.c F.1.d F.2 F.2.a F.2.b F.2.c F.2.d F.2.e F.3 F.4 F.4.a F.4.b F.4.c F.5
G.1 G.2 G.3 G.3.a G.3.b G.3.c G.3.d G.3.e G.3.f G.3.g H.1 H.1.a H.1.b H.1.c H.2 H.3 I.1 I.2 I.2.a I.2.b J.1 K.1
"""
POLICY = """
462.1 462.2 462.2.1 462.2.1(1) 462.2.1(2) 462.2.1(3) 462.2.1(4) 462.2.1(5) 462.2.1(6) 462.2.1(7)
462.3 462.3(1) 462.3(2) 462.3(3) 462.3(4) 462.3(5) 462.3(6) 462.4 462.5 462.5(1) 462.5(2) 462.5(3) 462.5,breaches 462.6
462.7 462.7(1) 462.7(1)(1) 462.7(1)(2) 462.7(1)(3) 462.7(2) 462.7(3) 462.8
"""
PAGE = [
    "What's Detected",
    "What's Not Detected",
    "Acceptable Use Policy",
    "Prohibited Uses",
    "Access Policy",
    "Hotlist Policy",
    "Data retention",
    "Number of owned cameras",
    "External agencies who have access",
    "Agencies who share their data",
]
# Cameras, video, donors, lookups of the registry, other agencies' requests and requests for public records are built
# later. What is there today may make one of these "partly", never more.
NOT_THERE_YET = """B.2 C.2.a D.2.b(1) D.3.b F.2.a F.3 F.4 F.5 G.2 G.3 G.3.g H.2 H.3 K.1"""


def by_section(code: str) -> dict[str, behind.Behind]:
    return next({one.clause.section: one for one in rows} for order, rows in behind.everything() if order.code == code)


@pytest.mark.parametrize(
    ("code", "sections"),
    [
        ("spd_525_08", ORDER.split()),
        ("egpd_462", [one.replace(",", ", ") for one in POLICY.split()]),
        ("egpd_page", PAGE),
    ],
)
def test_every_section_is_on_the_page_in_order(code, sections):
    assert list(by_section(code)) == sections


def test_a_clause_names_only_rules_acts_figures_and_tests_that_exist():
    for _, rows in behind.everything():
        for one in rows:
            assert one.clause.says.endswith(".")
            assert all((Path(settings.BASE_DIR) / path).is_file() for path in one.tests)
            assert set(one.published) <= set(behind.publishable())


@pytest.mark.parametrize(
    ("named", "wrong"),
    [({"rules": ("no.such",)}, KeyError), ({"actions": ("no.such",)}, ValueError), ({"published": ("x",)}, ValueError),
     ({"tests": ("tests/none.py",)}, ValueError)],
)  # fmt: skip
def test_a_clause_that_names_what_is_not_there_is_found_out(named, wrong):
    order = clauses.orders()[0]
    bent = replace(order, clauses=(clauses.Clause("X.1", "Nothing at all.", **named),))
    with pytest.raises(wrong):
        behind.all_behind(bent)


def test_a_clause_with_nothing_behind_it_is_red():
    order = clauses.orders()[0]
    (bare,) = behind.all_behind(replace(order, clauses=(clauses.Clause("X.1", "Nothing at all."),)))
    assert (bare.state, bare.words) == ("nothing", "nothing behind it")


def test_a_value_alone_is_no_more_than_partly():
    order = clauses.orders()[0]
    (row,) = behind.all_behind(replace(order, clauses=(clauses.Clause("F.5", "Only a value."),)))
    assert row.settings
    assert row.state == "partly"


@pytest.mark.parametrize("section", NOT_THERE_YET.split())
def test_what_is_not_built_yet_is_not_claimed(section):
    assert by_section("spd_525_08")[section].state in ("nothing", "partly")


@pytest.mark.parametrize(
    ("section", "rule"),
    [
        ("D.4", "hit.independent_basis"),
        ("D.5.b", "hit.verifier"),
        ("E.2", "hot_plate.life"),
        ("C.5", "hot_list.refused_type"),
    ],
)
def test_a_clause_has_the_rules_that_cite_it(section, rule):
    row = by_section("spd_525_08")[section]
    assert row.state == "held"
    assert rule in [one.code for one in row.rules]


def test_letters_and_numbers_of_the_policys_lists_are_one_clause():
    row = by_section("egpd_462")["462.3(3)"]
    assert "hot_plate.partial_incident" in [one.code for one in row.rules]
    assert "hotplate.partial" in [one.name for one in row.settings]


def test_the_document_is_the_codes_own():
    written = (Path(settings.BASE_DIR) / "docs" / "compliance.md").read_text()
    assert written == document.text(), "run: manage.py compliance_doc --write"


@pytest.mark.parametrize("profile", ["sacpd_525_08", "egpd_462"])
def test_neither_seed_states_measures_for_accuracy(db, profile):
    elements = {one.code[-3:]: one for one in meter.measure(policy.load(profile), NOON)}
    assert not elements["(F)"].there
    assert elements["(A)"].there
    assert not elements["(E)"].there
    assert elements["(G)"].there is (profile == "sacpd_525_08")


def test_a_length_of_time_two_texts_give_differently_is_a_gap(db):
    elements = {one.code[-3:]: one for one in meter.measure(policy.load("egpd_462"), NOON)}
    assert "P1Y (EGPD Policy 462, 462.4)" in elements["(G)"].gap
    assert "P30D" in elements["(G)"].gap


def test_a_custodian_on_the_roster_fills_the_gap(db):
    Designation.objects.create(
        kind="custodian", name="C. Keeper", title="Records Manager", starts_at=make.LONG_AGO, letter="Letter 7"
    )
    elements = {one.code[-3:]: one for one in meter.measure(policy.load("sacpd_525_08"), NOON)}
    assert elements["(E)"].stated[0][0] == "Records Manager"


def test_the_period_is_the_calendar_quarter_of_the_agencys_zone():
    assert page.quarter_start(datetime(2026, 7, 1, 6, 59, tzinfo=UTC)) == datetime(2026, 4, 1, 7, tzinfo=UTC)
    assert page.quarter_start(datetime(2026, 7, 1, 7, 0, tzinfo=UTC)) == datetime(2026, 7, 1, 7, tzinfo=UTC)


def test_the_look_is_counted_on_the_page_and_recorded(db, detective):
    first = page.look(by=make.by(detective), at=datetime.now(UTC))
    entry = LedgerEntry.objects.get(pk=first.record_index)
    assert (entry.action, entry.outcome) == ("compliance.view", "allowed")
    assert page.counts_of(page.quarter_start(entry.recorded_at), datetime.now(UTC))["compliance.view"] == 1


def test_one_without_a_role_does_not_see_it(db, outsider):
    with pytest.raises(Refused):
        page.look(by=make.by(outsider), at=NOON)


def test_a_contradiction_without_an_answer_stands_on_the_page(db, detective, signed_in):
    PolicyActivation.objects.create(profile="egpd_462", version="seed-002", effective_from=make.LONG_AGO)
    answer = signed_in(detective).get("/compliance/").content.decode()
    assert "no signed determination is on file" in answer
    assert 'href="/rules/#hit.verifier"' in answer
    assert "nothing behind it" in answer
