"""The rules of the road from a hit to a stop, without a database."""

import pytest

from audit import policy
from detections.models import Hit
from detections.rules import hits as rules
from detections.rules.descriptions import description_differs

SACPD, EGPD = policy.load("sacpd_525_08"), policy.load("egpd_462")


def code(refusal):
    return refusal.code if refusal else None


@pytest.mark.parametrize(
    "basis",
    [
        "",
        "   ",
        "ALPR hit",
        "hit confirmed by dispatch",
        "stolen vehicle",
        "reasonable suspicion",
        "Probable cause.",
        "The plate came back stolen via CLETS and NCIC",
        "RS / PC",
        "yes",
        "because because because",
    ],
)
def test_a_basis_that_only_repeats_the_hit_is_refused_with_d4(basis):
    refusal = rules.refuse_basis(basis, SACPD)
    assert code(refusal) == "hit.independent_basis"
    assert refusal.citation.section == "D.4"


def test_a_basis_in_words_of_its_own_passes():
    assert rules.refuse_basis("Driver ran the red light at 9th and fled on foot", SACPD) is None


def test_only_the_dispatcher_verifies_under_the_order():
    refusal = rules.refuse_verifier({"officer", "detective", "alpr_administrator"}, SACPD)
    assert (code(refusal), refusal.citation.section) == ("hit.verifier", "D.5.b")
    assert rules.refuse_verifier({"dispatcher"}, SACPD) is None


@pytest.mark.parametrize("role", ["officer", "detective", "dispatcher"])
def test_officer_and_dispatcher_verify_under_462(role):
    assert rules.refuse_verifier({role}, EGPD) is None


def test_nobody_else_verifies_under_462():
    assert code(rules.refuse_verifier({"alpr_administrator"}, EGPD)) == "hit.verifier"


@pytest.mark.parametrize(
    ("clets", "ncic", "missing"),
    [("", "", "CLETS and NCIC"), ("confirmed", "", "NCIC"), ("", "confirmed", "CLETS")],
)
def test_both_results_are_needed_under_the_order(clets, ncic, missing):
    hit = Hit(status="checked")
    refusal = rules.refuse_verification(hit, {"clets": clets, "ncic": ncic}, SACPD)
    assert (code(refusal), refusal.citation.section) == ("hit.verification_incomplete", "D.6.a(2)")
    assert missing in refusal.reason


def test_clets_alone_is_enough_under_462():
    assert rules.refuse_verification(Hit(status="checked"), {"clets": "confirmed", "ncic": ""}, EGPD) is None


@pytest.mark.parametrize(
    ("clets", "ncic", "confirmed"),
    [
        ("confirmed", "confirmed", True),
        ("confirmed", "no_record", True),
        ("confirmed", "not_current", False),
        ("no_record", "no_record", False),
        ("confirmed", "", True),
        ("not_current", "", False),
    ],
)
def test_an_entry_is_confirmed_by_one_system_and_cleared_by_none(clets, ncic, confirmed):
    assert rules.confirms({"clets": clets, "ncic": ncic}) is confirmed


OPEN = {"stolen": False, "recovery_call": "", "basis": "Driver ran the red light at 9th and fled on foot"}


@pytest.mark.parametrize(
    ("hit", "disposition", "expected"),
    [
        (Hit(status="taken"), "stop", "hit.unverified"),
        (Hit(status="checked"), "recovered", "hit.unverified"),
        (Hit(status="rejected", check_result="misread"), "stop", "hit.unverified"),
        (Hit(status="verified", informational=True, call_number="1"), "stop", "hit.informational"),
        (Hit(status="verified", informational=True, call_number="1"), "recovered", "hit.informational"),
        (Hit(status="verified"), "not_located", "hit.call_missing"),
        (Hit(status="verified", call_number="1"), "misread", "hit.outcome"),
        (Hit(status="verified", call_number="1"), "stale", "hit.outcome"),
        (Hit(status="rejected", check_result="misread"), "stale", "hit.outcome"),
        (Hit(status="rejected", check_result="correct"), "not_located", "hit.outcome"),
        (Hit(status="verified", call_number="1"), "stop", None),
        (Hit(status="verified", call_number="1"), "recovered", None),
        (Hit(status="rejected", check_result="misread"), "misread", None),
        (Hit(status="rejected", check_result="correct"), "stale", None),
        (Hit(status="checked", check_result="correct", informational=True), "information", None),
        (Hit(status="taken", informational=True), "information", "hit.unverified"),
        (Hit(status="taken"), "not_located", "hit.unverified"),
        (Hit(status="checked", check_result="correct"), "not_located", "hit.unverified"),
        (Hit(status="verified", informational=True, call_number="1"), "information", None),
    ],
)
def test_an_outcome_must_be_carried_by_the_steps_on_record(hit, disposition, expected):
    assert code(rules.refuse_disposition(hit, disposition, profile=SACPD, **OPEN)) == expected


def test_a_verified_hit_closes_without_a_call_under_462():
    hit = Hit(status="verified")
    assert rules.refuse_disposition(hit, "not_located", profile=EGPD, **OPEN) is None


def test_a_recovered_stolen_vehicle_asks_for_its_recovery_call():
    hit = Hit(status="verified", call_number="1")
    refusal = rules.refuse_disposition(hit, "recovered", profile=SACPD, **(OPEN | {"stolen": True}))
    assert (code(refusal), refusal.citation.section) == ("hit.recovery_call", "D.3.e")


@pytest.mark.parametrize(
    ("entered", "seen", "word"),
    [
        ("white Toyota Camry", "black Toyota Camry", "colour"),
        ("white Toyota Camry sedan", "WHT honda civic 4dr", "make or model"),
        ("Ford F150 pickup", "Ford sedan", "body"),
        ("white 2019 Toyota Camry", "white Camry", ""),
        ("silver Honda", "gray Honda Accord", ""),
        ("", "black Honda", ""),
        ("white Toyota", "", ""),
        ("white Toyota Camry", "unknown", ""),
    ],
)
def test_a_description_warns_only_where_both_name_something_different(entered, seen, word):
    differs = description_differs(entered, seen)
    assert differs.startswith(word)
    assert bool(differs) is bool(word)
