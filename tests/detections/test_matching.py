"""A hit is the same plate on an entry live at capture and now; the rule in Python and the rule in SQL agree."""

import dataclasses
import itertools
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import policy
from audit.plates import distance_one, fold
from cameras.models import Camera
from detections.matching import HIT_CHANGED, NEW_HIT, hot_among, match_detections, matches, reference
from detections.models import Hit, HitRepeat, OutboxEvent, PossibleMatch, ReadRef
from hotlists.models import HotList, HotPlate, NearKey
from tests import make
from tests.detections.matching_entries import row, taken_in

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
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
    assert hot_among(["0DEM123"], at=NOON) == set()


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
    assert hot_among([], at=NOON) == set()


def test_the_probe_names_those_at_or_near_an_entry_among_many(entry):
    assert hot_among(["0DEM123", "ODEM123", "0DEM124", "0DEM145", "0XYZ789"], at=NOON) == {
        "0DEM123", "ODEM123", "0DEM124"
    }  # fmt: skip


# --- near keys ---


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plate=st.text("O0DB8A7", min_size=1, max_size=8), other=st.text("O0DB8A7", min_size=1, max_size=8))
def test_the_keys_of_an_entry_are_its_fold_and_all_one_character_off(db, plate, other):
    with connection.cursor() as cursor:
        cursor.execute("SELECT hotlists_near_folds(%s, 'edit1')", [plate])
        keys = [key for (key,) in cursor]
    assert len(keys) == len(set(keys))
    assert fold(plate) in keys
    near = len(plate) >= 5 and distance_one(fold(plate), fold(other))
    assert (fold(other) in keys) == (near or fold(plate) == fold(other))


def test_a_plate_of_seven_has_some_four_hundred_keys_and_a_list_of_exact_plates_one(db):
    make.hot_plate("0DEM123")
    assert 380 < NearKey.objects.count() < 420
    exact = make.hot_plate("0DEM124", hot_list=make.hot_list("Exact", near="exact"))
    assert [key.fold for key in exact.near_keys.all()] == ["00EM124"]


def test_partial_entries_and_withdrawn_ones_have_no_keys(entry, detective):
    make.hot_plate("0DE?123", partial=True, incident_number="26-1")
    assert set(NearKey.objects.values_list("hot_plate", flat=True)) == {entry.pk}
    entry.withdrawn_at, entry.withdrawn_by, entry.withdrawn_reason = NOON, detective, "Recovered"
    entry.save()
    assert not NearKey.objects.exists()


def test_a_list_whose_nearness_changes_has_its_keys_anew(entry):
    for near, count in (("exact", 1), ("lookalike", 1), ("edit1", NearKey.objects.count())):
        HotList.objects.update(near=near)
        assert NearKey.objects.count() == count


# --- imported lists ---


def test_a_read_on_an_imported_list_is_a_hit_on_a_hot_plate_made_of_its_row(db):
    live = taken_in(make.hot_list("SVS"), row("0DEM123", state="CA", category="stolen_vehicle", file_type="SVS",
                    system="SVS", entry_number="N-1", vehicle="grey van", reason="Stolen"))  # fmt: skip
    read = make.detection(state="CA", at=NOON)
    assert [one.informational for one in match(read)[read.pk]] == [False]
    made = HotPlate.objects.get()
    hit = Hit.objects.get()
    assert (hit.hot_plate, hit.plate) == (made, "0DEM123")
    assert (made.plate, made.state, made.category, made.system, made.system_entry_number) == (
        "0DEM123", "CA", "stolen_vehicle", "SVS", "N-1"
    )  # fmt: skip
    assert (made.vehicle_description, made.reason, made.file_type) == ("grey van", "Stolen", "SVS")
    assert (made.imported_from, made.effective_from, made.expires_at, made.entered_by) == (
        live, live.live_from, None, None
    )  # fmt: skip
    assert not made.max_ttl_applies
    assert not made.near_keys.exists()
    assert HotPlate.history.get().history_type == "+"
    made.full_clean(exclude=[field.name for field in HotPlate._meta.fields if field.null or field.blank])


def test_later_reads_of_a_listed_plate_hit_the_same_hot_plate(db):
    taken_in(make.hot_list("SVS"), row("0DEM123"), row("0DEM123", 2))
    match(make.detection(), make.detection(seen_by=make.camera("CAM-02")))
    match(make.detection(seen_by=make.camera("CAM-03")))
    assert (HotPlate.objects.count(), Hit.objects.count()) == (1, 3)


def test_only_the_live_import_of_a_list_is_matched(db):
    svs = make.hot_list("SVS")
    taken_in(svs, "0DEM123", since=NOON - 3 * HOUR, until=NOON - HOUR)
    taken_in(svs, "0DEM124", since=NOON - HOUR)
    match(make.detection("0DEM123"), make.detection("0DEM124"))
    assert [hit.plate for hit in Hit.objects.all()] == ["0DEM124"]
    assert hot_among(["0DEM123", "0DEM124"], at=NOON) >= {"0DEM124"}


def test_a_late_read_hits_what_stood_on_the_list_then_and_stands_on_it_now(db):
    svs = make.hot_list("SVS")
    taken_in(svs, "0DEM123", "0DEM125", since=NOON - 3 * HOUR, until=NOON - HOUR)
    taken_in(svs, "0DEM123", "0DEM124", since=NOON - HOUR)
    then = NOON - 2 * HOUR
    match(*(make.detection(plate, at=then) for plate in ("0DEM123", "0DEM124", "0DEM125")))
    assert [hit.plate for hit in Hit.objects.all()] == ["0DEM123"]
    match(make.detection("0DEM123", at=NOON - 4 * HOUR))  # before anything that is kept
    assert Hit.objects.count() == 1


def test_a_closed_list_looks_for_nothing(detective):
    svs, own = make.hot_list("SVS"), make.hot_list("Own")
    taken_in(svs, "0DEM123")
    make.hot_plate("0DEM124", hot_list=own)
    HotList.objects.update(closed_at=NOON, closed_by=detective, closed_why="Done")
    match(make.detection("0DEM123"), make.detection("0DEM124"))
    assert not Hit.objects.exists()


# --- folding ---


def seen_again(minutes, camera=None, at=NOON, plate="0DEM123"):
    return make.detection(plate, at=at + timedelta(minutes=minutes), seen_by=camera)


def test_a_car_seen_again_at_the_camera_joins_its_open_hit(entry):
    first = seen_again(0)
    (made,) = match(first)[first.pk]
    again = seen_again(10)
    (joined,) = match(again, at=NOON + timedelta(minutes=11))[again.pk]
    hit = Hit.objects.get()
    assert (joined.hit_id, joined.repeat, made.repeat) == (hit.pk, True, False)
    assert (hit.repeats, hit.last_seen_at, hit.captured_at) == (1, again.captured_at, first.captured_at)
    assert HitRepeat.objects.get().read_ref == again.ref
    assert [event.topic for event in OutboxEvent.objects.order_by("id")] == [NEW_HIT, HIT_CHANGED]
    assert [(row.history_type, row.repeats) for row in Hit.history.order_by("history_id")] == [("+", 0), ("~", 1)]
    assert match(again) == {}
    assert HitRepeat.objects.count() == 1


@pytest.mark.parametrize(("minutes", "hits"), [(10, 1), (10.00001, 2), (-10, 1), (-10.00001, 2)])
def test_the_time_of_folding_is_exact(entry, minutes, hits):
    match(seen_again(0))
    match(seen_again(minutes), at=NOON + timedelta(minutes=20))
    assert Hit.objects.count() == hits


def test_repeats_draw_a_hit_out_and_another_camera_or_a_closed_hit_begins_anew(entry, dispatcher):
    for minutes in (0, 8, 16, 24):
        match(seen_again(minutes), at=NOON + timedelta(minutes=30))
    assert [hit.repeats for hit in Hit.objects.all()] == [3]
    match(seen_again(25, make.camera("CAM-02")), at=NOON + timedelta(minutes=30))
    assert Hit.objects.count() == 2
    Hit.objects.update(status="closed", taken_by=dispatcher, closed_by=dispatcher, closed_at=NOON, disposition="stale")
    match(seen_again(26), at=NOON + timedelta(minutes=30))
    assert Hit.objects.count() == 3


def test_repeats_of_one_batch_are_one_hit(entry):
    reads = [seen_again(minutes) for minutes in (0, 3, 6, 30)]
    made = match(*reads, at=NOON + timedelta(hours=1))
    assert [hit.repeats for hit in Hit.objects.order_by("captured_at")] == [2, 0]
    assert [[one.repeat for one in made[read.pk]] for read in reads] == [[False], [True], [True], [False]]
    assert HitRepeat.objects.count() == 2
    assert OutboxEvent.objects.count() == 2


def test_where_the_profile_folds_nothing_each_read_is_a_hit(entry, monkeypatch):
    silent = dataclasses.replace(policy.in_force(NOON), values={})
    monkeypatch.setattr("audit.policy.in_force", lambda at: silent)
    match(seen_again(0), seen_again(1), at=NOON + timedelta(minutes=2))
    match(seen_again(2), at=NOON + timedelta(minutes=2))
    assert (Hit.objects.count(), HitRepeat.objects.count()) == (3, 0)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(minutes=st.lists(st.integers(0, 60), min_size=1, max_size=8), batches=st.lists(st.integers(1, 3), min_size=8))
def test_reads_in_order_fold_the_same_however_they_are_batched(entry, minutes, batches):
    forget()
    reads = [seen_again(minute) for minute in sorted(minutes)]
    expected = 1 + sum(b - a > 10 for a, b in itertools.pairwise(sorted(minutes)))
    for size in batches:
        match(*reads[:size], at=NOON + 2 * HOUR)
        reads = reads[size:]
    match(*reads, at=NOON + 2 * HOUR)
    assert Hit.objects.count() == expected
    assert sum(hit.repeats for hit in Hit.objects.all()) == len(minutes) - expected == HitRepeat.objects.count()


# --- the rule in Python and the rule in SQL ---


def forget():
    for model in (OutboxEvent, HitRepeat, PossibleMatch, Hit):
        model.objects.all().delete()


offsets = st.integers(-3, 3).map(lambda hours: NOON + timedelta(hours=hours))
states = st.sampled_from(["", "CA", "NV"])
plates = st.sampled_from(["0DEM123", "ODEM123", "0DEM12", "0DEM1234", "0DEM129", "0DE", "ODE", "0DE1"])
partial_plates = st.sampled_from(["0DEM12?", "?DE", "0??M123", "0DEM????"])
nears = st.sampled_from(["exact", "lookalike", "edit1"])
full = st.tuples(plates, states, offsets, st.none() | st.integers(1, 4), st.booleans(), nears)
partly = st.tuples(partial_plates, states, offsets, st.none() | st.integers(1, 4), st.booleans(), nears)


def entered(detective, plate, state, starts, hours, withdrawn, near):
    fields = {"withdrawn_at": starts, "withdrawn_by": detective, "withdrawn_reason": "x"} if withdrawn else {}
    if "?" in plate:
        fields |= {"partial": True, "incident_number": "26-1"}
    return make.hot_plate(
        plate,
        state=state,
        hot_list=make.hot_list(near, near=near),
        effective_from=starts,
        expires_at=None if hours is None else starts + timedelta(hours=hours),
        max_ttl_applies=hours is not None,
        **fields,
    )


def found():
    """Kinds by (read, hot plate), folded ones among them."""
    kinds = {(hit.detection_id, hit.hot_plate_id): "exact" for hit in Hit.objects.all()}
    kinds |= {(one.detection_id, one.hit.hot_plate_id): "exact" for one in HitRepeat.objects.select_related("hit")}
    return kinds | {(one.detection_id, one.hot_plate_id): one.kind for one in PossibleMatch.objects.all()}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    entries=st.lists(full | partly, min_size=1, max_size=4),
    reads=st.lists(st.tuples(plates, states, offsets), min_size=1, max_size=4),
    at=offsets,
)
def test_python_and_sql_agree_about_hand_entries(detective, entries, reads, at):
    forget()
    NearKey.objects.all().delete()
    HotPlate.objects.all().delete()
    made = [entered(detective, *facts) for facts in entries]
    # each at a camera of its own, so that no possible match is folded into another
    cameras = [Camera.objects.filter(code=f"C-{n}").first() or make.camera(f"C-{n}") for n in range(len(reads))]
    seen = [
        make.detection(plate, state=state, at=captured, seen_by=camera)
        for (plate, state, captured), camera in zip(reads, cameras, strict=True)
    ]
    told = match(*seen, at=at)
    expected = {
        (read.pk, hot.pk): kind
        for read in seen
        for hot in made
        if (kind := reference.kind_of(reference.Read(read.plate, read.state, read.captured_at), hot, at))
    }
    assert found() == expected
    exact = {pair for pair, kind in expected.items() if kind == "exact"}
    assert {(read, hit.hot_plate_id) for read, hits in told.items() for hit in hits} == exact
    assert exact == {
        (read.pk, hot.pk) for read in seen for hot in made if matches(read.plate, read.state, read.captured_at, hot, at)
    }
    # The probe that ingest asks first may let too much through, never too little.
    needed = {read.plate for read in seen if any(read.pk == one for one, _ in expected)}
    assert needed <= hot_among(sorted({read.plate for read in seen}), at=at)


rows = st.lists(
    st.builds(reference.Row, plates, states, st.sampled_from(["", "LP"]), st.sampled_from(["", "1"])), max_size=4
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    imports=st.lists(rows, min_size=1, max_size=3),
    near=nears,
    reads=st.lists(st.tuples(plates, states, offsets), min_size=1, max_size=4),
)
def test_python_and_sql_agree_about_imported_lists(db, imports, near, reads):
    """The imports followed each other by an hour; the last is live since NOON."""
    forget()
    HotPlate.objects.all().delete()
    HotList.objects.filter(live_import__isnull=False).update(live_import=None)
    svs = make.hot_list(f"SVS {uuid4().hex}", near=near)
    told = []
    for number, listed in enumerate(imports):
        since = NOON - (len(imports) - 1 - number) * HOUR
        until = None if number == len(imports) - 1 else since + HOUR
        facts = [row(one.plate, line, state=one.state, file_type=one.file_type, entry_number=one.entry_number)
                 for line, one in enumerate(listed, 1)]  # fmt: skip
        taken_in(svs, *facts, since=since, until=until)
        told.append(reference.Imported(frozenset(listed), since, until))
    cameras = [Camera.objects.filter(code=f"C-{n}").first() or make.camera(f"C-{n}") for n in range(len(reads))]
    seen = [
        make.detection(plate, state=state, at=captured, seen_by=camera)
        for (plate, state, captured), camera in zip(reads, cameras, strict=True)
    ]
    match(*seen, at=NOON + 4 * HOUR)
    expected = {
        (read.pk, one): kind
        for read in seen
        for one in set(imports[-1])
        if (kind := reference.kind_of_row(reference.Read(read.plate, read.state, read.captured_at), one, near, told))
    }
    rows_of = {
        hot.pk: reference.Row(hot.plate, hot.state, hot.file_type, hot.system_entry_number)
        for hot in HotPlate.objects.all()
    }
    assert {(read, rows_of[hot]): kind for (read, hot), kind in found().items()} == expected
    needed = {read.plate for read in seen if any(read.pk == one for one, _ in expected)}
    assert needed <= hot_among(sorted({read.plate for read in seen}), at=NOON + 4 * HOUR)
