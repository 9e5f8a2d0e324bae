"""Text that comes from CLETS or NCIC is known by its form; what an officer needs on the road passes."""

import time

import pytest

from audit import policy, rules
from audit.criminal_justice_text import found_in

HELD = {
    "a date of birth": [
        "DOB 1/2/1990", "D.O.B. 01021990", "dob/19900102", "his Date of Birth", "born 3/4/1990", "born on Jan 3",
        "ԁob 1990", "D\u200bOB 1990", "(DOB 1990)",
    ],
    "a social security number": ["SSN 123-45-6789", "see 123-45-6789", "SOC 123456789", "social security card"],
    "an FBI or CII number": ["FBI # 123456", "FBI No. 12345AB6", "CII A12345678", "SID CA12345678"],
    "a driver licence number": [
        "DL A1234567", "CDL# A1234567", "OLN A1234567", "driver's license number A1234567", "Driver licence A1234567",
    ],
    "a CLETS or NCIC record number": ["NIC V123456789", "see v123456789 there", "FCN 1234567890123"],
    "a piece of a CLETS or NCIC answer": ["NAM/DOE, JOHN", "sex/m rac/w", "ORI/CA0340400"],
    "the particulars of a warrant": [
        "warrant for 187PC", "warrants out of county for 459 PC", "187(a) PC, felony warrant", "Warrant #W12345",
        "bail $50,000", "held, no bail",
    ],
    "criminal history": [
        "rap sheet attached", "on parole for robbery", "on active parole", "parolee at large", "a 290 registrant",
        "long criminal history", "convicted of burglary",
    ],
}  # fmt: skip

PASSES = [
    "", "Stolen from the Elm Street garage last night", "Taken in a 211 PC at Elm Street, two armed men",
    "Felony warrant, see the case", "Search warrant to follow under 211 PC", "187 PC suspect, search warrant signed",
    "FBI agent asked for help", "red Honda Civic, 2012, dent in the left door", "born again bumper sticker",
    "Adobe house on Elm Street", "Call (916) 555-0199", "123-456-7890", "P2601234 call for service",
    "VIN 1HGCM82633A004352", "incident 26-000123-22", "Bailey Street", "Doberman in the car", "plate 0DEM123",
    "Missing child, blue coat, white van", "Sided with wood panels", "Parole Street", "conviction",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in HELD.items() for text in texts])
def test_a_particular_from_clets_or_ncic_is_known_and_named(kind, text):
    assert found_in(text) == kind
    assert found_in(f"stolen last night, {text.lower()}") == kind


@pytest.mark.parametrize("text", PASSES)
def test_what_an_officer_needs_on_the_road_passes(text):
    assert found_in(text) == ""


@pytest.mark.parametrize("piece", ["WARRANT ", "12(A)(A)", "A.", "187 PC ", "- -", "D.O.", "FBI NO. ", "1.1", "DL "])
def test_a_hostile_megabyte_is_read_in_a_second(piece):
    began = time.process_time()
    found_in(piece * (1_000_000 // len(piece)))
    assert time.process_time() - began < 1


def test_the_refusal_names_field_and_kind_and_never_the_text():
    profile = policy.load("sacpd_525_08")
    refusal = rules.refuse_criminal_justice(profile, reason="Stolen last night", vehicle_description="DOB 1/2/1990")
    assert refusal.rule is rules.CRIMINAL_JUSTICE
    assert refusal.code == "free_text.criminal_justice"
    assert refusal.reason == "The vehicle description holds what looks like a date of birth."
    assert rules.refuse_criminal_justice(profile, reason="Stolen last night") is None
