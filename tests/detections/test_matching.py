"""A hit is the same plate on an entry live at capture and now; the rule in Python and the rule in SQL agree."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detections.matching import NEW_HIT, hot_among, match_detections, matches
from detections.models import Hit, OutboxEvent, ReadRef
from hotlists.models import HotList, HotPlate
from tests import make

MINUTE = timedelta(minutes=1)
NOON = make.NOON


def match(*reads, at=NOON):
    return match_detections([read.ref for read in reads], at=at)


@pytest.fixture
def entry(db):
    """Live from 11:00 to 11:00 the next day."""
    return make.hot_plate("0DEM123")


def test_a_read_of_a_live_entry_is_a_hit_with_its_history_and_its_message(entry):
    read = make.detection(at=NOON - MINUTE)
    made = match(read)
    hit = Hit.objects.get()
    assert made == {read.pk: [made[read.pk][0]]}
    assert (made[read.pk][0].hit_id, made[read.pk][0].hot_plate_id) == (hit.pk, entry.pk)
    assert (hit.detection, hit.hot_plate, hit.plate) == (read, entry, "0DEM123")
    assert (hit.captured_at, hit.created_at, hit.status) == (read.captured_at, NOON, Hit.Status.NEW)
    assert not hit.informational
    assert hit.pk.version == 7
    hit.full_clean(exclude=[field.name for field in Hit._meta.fields if field.null or field.blank])
    event = OutboxEvent.objects.get()
    assert (event.topic, event.hit, event.created_at) == (NEW_HIT, hit, NOON)
    history = Hit.history.get()
    assert (history.id, history.history_type, history.history_date) == (hit.pk, "+", NOON)


def test_a_new_hit_has_the_defaults_of_its_model(entry):
    match(make.detection())
    hit, plain = Hit.objects.get(), Hit()
    given_here = {"id", "detection_id", "camera", "hot_plate", "plate", "captured_at", "created_at", "informational"}
    for field in Hit._meta.concrete_fields:
        if field.name not in given_here:
            assert getattr(hit, field.attname) == getattr(plain, field.attname), field.name


def test_matched_again_it_is_still_one_hit(entry):
    read = make.detection()
    match(read)
    assert match(read) == {}
    assert Hit.objects.count() == OutboxEvent.objects.count() == 1


def test_each_entry_of_a_plate_gives_its_own_hit(entry):
    make.hot_plate("0DEM123", case_number="26-654321")
    assert len(match(make.detection())) == 1
    assert Hit.objects.count() == 2


def test_a_hit_on_a_special_list_is_informational(db):
    make.hot_plate("0DEM123", hot_list=make.hot_list("Special", kind=HotList.Kind.SPECIAL))
    assert [hit.informational for hits in match(make.detection()).values() for hit in hits] == [True]


@pytest.mark.parametrize(
    ("captured", "now", "hits"),
    [
        (NOON - timedelta(hours=1), NOON, 1),  # the first instant of its life
        (NOON - timedelta(hours=1, microseconds=1), NOON, 0),  # read before it was entered
        (NOON, NOON - timedelta(hours=1, microseconds=1), 0),  # not entered yet, for a clock that is slow
        (NOON, NOON + timedelta(hours=23) - timedelta(microseconds=1), 1),
        (NOON, NOON + timedelta(hours=23), 0),  # expired by now, though live at capture
        (NOON + timedelta(hours=23), NOON, 0),  # expired at capture
    ],
)
def test_an_entry_must_be_live_at_capture_and_now(entry, captured, now, hits):
    match(make.detection(at=captured), at=now)
    assert Hit.objects.count() == hits


def test_a_withdrawn_entry_matches_nothing(entry, detective):
    entry.withdrawn_at, entry.withdrawn_by, entry.withdrawn_reason = NOON, detective, "Recovered"
    entry.save()
    assert match(make.detection()) == {}
    assert hot_among(["0DEM123"]) == set()


@pytest.mark.parametrize(
    ("of_entry", "of_read", "hits"), [("CA", "CA", 1), ("CA", "NV", 0), ("", "NV", 1), ("CA", "", 1), ("", "", 1)]
)
def test_states_must_agree_where_both_are_known(db, of_entry, of_read, hits):
    make.hot_plate("0DEM123", state=of_entry)
    match(make.detection(state=of_read))
    assert Hit.objects.count() == hits


@pytest.mark.parametrize("plate", ["0DEM12", "0DEM1234", "ODEM123", "0DEM12B"])
def test_only_the_exact_plate_is_a_hit(entry, plate):
    match(make.detection(plate))
    assert not Hit.objects.exists()


def test_what_stands_is_matched_not_what_the_machine_saw(entry):
    match(make.detection("0DEM128", plate_read="0DEM123"))
    assert not Hit.objects.exists()


def test_nothing_and_unknown_reads_match_nothing(entry):
    assert match_detections([], at=NOON) == {}
    assert match_detections([ReadRef(uuid4(), 1, NOON)], at=NOON) == {}
    assert hot_among([]) == set()


offsets = st.integers(-3, 3).map(lambda hours: NOON + timedelta(hours=hours))
states = st.sampled_from(["", "CA", "NV"])
plates = st.sampled_from(["0DEM123", "0DEM124"])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    entries=st.lists(
        st.tuples(plates, states, offsets, st.none() | st.integers(1, 4), st.booleans()), min_size=1, max_size=4
    ),
    reads=st.lists(st.tuples(plates, states, offsets), min_size=1, max_size=4),
    at=offsets,
)
def test_python_and_sql_agree(detective, entries, reads, at):
    Hit.history.all().delete()
    OutboxEvent.objects.all().delete()
    Hit.objects.all().delete()
    HotPlate.objects.all().delete()
    made = [
        make.hot_plate(
            plate,
            state=state,
            effective_from=starts,
            expires_at=None if hours is None else starts + timedelta(hours=hours),
            max_ttl_applies=hours is not None,
            **({"withdrawn_at": starts, "withdrawn_by": detective, "withdrawn_reason": "x"} if withdrawn else {}),
        )
        for plate, state, starts, hours, withdrawn in entries
    ]
    seen = [make.detection(plate, state=state, at=captured) for plate, state, captured in reads]
    found = match(*seen, at=at)
    pairs = {(read, hit.hot_plate_id) for read, hits in found.items() for hit in hits}
    expected = {
        (read.pk, hot.pk) for read in seen for hot in made if matches(read.plate, read.state, read.captured_at, hot, at)
    }
    assert pairs == expected
    # The probe that ingest asks first may let too much through, never too little.
    assert {read.plate for read in seen if any(read.pk == one for one, _ in expected)} <= hot_among(
        {read.plate for read in seen}
    )


def test_the_probe_names_the_hot_plates_among_many(entry):
    assert hot_among({"0DEM123", "0DEM124"}) == {"0DEM123"}
