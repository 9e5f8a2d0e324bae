"""A partial plate: ``?`` for what nobody saw, tied to an incident, never more than a possible match (462.3(c))."""

import dataclasses
from datetime import timedelta
from types import MappingProxyType

import pytest
from django.db import IntegrityError, transaction

from audit import plates, policy
from audit.refusals import Refused
from hotlists import operations
from hotlists.entries import plate, rules
from hotlists.models import HotPlate, NearKey
from tests import make
from tests.make import NOON

SACRAMENTO = policy.load("sacpd_525_08")
ELK_GROVE = policy.load("egpd_462")


def code(refusal):
    return refusal.code if refusal else None


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("0de?-12?", "0DE?12?"),
        ("???0ab", "???0AB"),
        (" 0 d e ? ", "0DE?"),
        ("0DE\uff1f123", "0DE?123"),
        ("0dem123", "0DEM123"),
        ("????????", "????????"),
    ],
)
def test_a_partial_plate_has_one_written_form(typed, written):
    assert plate.normalise(typed) == written
    assert plate.is_partial(typed) == ("?" in written)


@pytest.mark.parametrize(
    ("typed", "words"),
    [("0DE?12345", "too many"), ("0DE12345?", "“?” at place 9"), ("0D*?", "“*”"), ("?Е", "Cyrillic"), ("", "empty")],
)
def test_what_is_no_plate_is_named_character_by_character(typed, words):
    with pytest.raises(plates.PlateError) as caught:
        plate.normalise(typed)
    assert words in caught.value.reason


def partial(text="0DE?12?", incident="26-000123"):
    return HotPlate(plate=text, partial="?" in text, incident_number=incident)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (partial(), None),
        (partial("0DEM123", ""), None),
        (partial("0DE?????"), None),
        (partial("0D??????"), "hot_plate.partial_short"),
        (partial("????????"), "hot_plate.partial_short"),
        (partial(incident=""), "hot_plate.partial_incident"),
        (partial(incident="12"), "hot_plate.partial_incident"),
        (partial(incident="26 000123\n"), "hot_plate.partial_incident"),
    ],
)
def test_three_characters_and_an_incident_make_a_partial_entry(entry, expected):
    assert code(rules.refuse_partial(entry, SACRAMENTO)) == expected
    assert code(rules.refuse_partial(entry, ELK_GROVE)) == expected


def test_the_clause_is_elk_groves_own_and_the_houses_where_the_policy_is_silent():
    assert rules.refuse_partial(partial(incident=""), ELK_GROVE).citation.section == "462.3(c)"
    assert rules.refuse_partial(partial(incident=""), SACRAMENTO).citation.instrument == "Platekeeper default"


def test_a_policy_may_say_that_no_partial_plate_is_entered():
    stated = dataclasses.replace(ELK_GROVE["hotplate.partial"], value=False)
    strict = dataclasses.replace(ELK_GROVE, values=MappingProxyType({**ELK_GROVE.values, "hotplate.partial": stated}))
    assert rules.refuse_partial(partial(), strict).rule is rules.PARTIAL_OFF
    assert rules.refuse_partial(partial("0DEM123"), strict) is None


def test_a_partial_plate_is_entered_with_its_incident_and_is_on_record(detective, wanted, last_record):
    asked = wanted(plate="0de?-12?", incident_number=" 26-000123 ")
    entry = operations.enter_hot_plate(asked, by=make.by(detective), at=NOON)
    entry.refresh_from_db()
    assert (entry.plate, entry.partial, entry.incident_number) == ("0DE?12?", True, "26-000123")
    assert not NearKey.objects.filter(hot_plate=entry).exists()
    assert "26-000123" in last_record().clear.detail


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"plate": "0D??????", "incident_number": "26-000123"}, "hot_plate.partial_short"),
        ({"plate": "0DE?12?"}, "hot_plate.partial_incident"),
        ({"plate": "0DE?*2?", "incident_number": "26-000123"}, "hot_plate.plate_form"),
    ],
)
def test_a_wrong_partial_entry_is_refused_and_nothing_is_stored(detective, wanted, changes, refusal, last_record):
    with pytest.raises(Refused) as caught:
        operations.enter_hot_plate(wanted(**changes), by=make.by(detective), at=NOON)
    assert caught.value.refusal.code == last_record().rule_code == refusal
    assert not HotPlate.objects.exists()


def test_a_renewed_partial_entry_keeps_its_incident(detective, wanted):
    asked = wanted(plate="0DE?12?", incident_number="26-000123")
    old = operations.enter_hot_plate(asked, by=make.by(detective), at=NOON)
    new = operations.renew_hot_plate(
        entry_id=old.pk, reason="Seen again by a witness", life=timedelta(hours=2), by=make.by(detective), at=NOON
    )
    assert (new.plate, new.partial, new.incident_number) == ("0DE?12?", True, "26-000123")


@pytest.mark.parametrize(
    ("text", "is_partial", "incident"),
    [("0DE?123", False, ""), ("0DE?123", True, ""), ("0DEM123", True, "26-000123"), ("0de?123", True, "26-000123")],
)
def test_the_table_itself_wants_the_mark_and_the_incident(detective, text, is_partial, incident):
    with pytest.raises(IntegrityError, match="hot_plate_is_normalised"), transaction.atomic():
        make.hot_plate(text, partial=is_partial, incident_number=incident, entered_by=detective)
