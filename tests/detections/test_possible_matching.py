"""A plate near a hot one is a possible match and never a hit; whatever door a read comes by, it is matched alike."""

from datetime import timedelta

import pytest

from audit import asker
from detections.ingest.reads import NewRead
from detections.ingest.verb import record_reads
from detections.matching import NEW_POSSIBLE, POSSIBLE_CHANGED, hot_among, match_detections
from detections.models import Detection, Hit, HitRepeat, OutboxEvent, PossibleMatch
from hotlists.models import HotList, HotPlate
from tests import make
from tests.detections.matching_entries import taken_in
from tests.detections.test_read_correct import a_read, correct, look_at

NOON = make.NOON
MINUTE = timedelta(minutes=1)


def match(*reads, at=NOON):
    return match_detections([read.ref for read in reads], at=at)


def kinds():
    return {(one.plate, one.kind) for one in PossibleMatch.objects.all()}


@pytest.fixture
def entry(db):
    return make.hot_plate("0DEM123")


def partial(plate="0DE?12?", **fields):
    return make.hot_plate(plate, partial=True, incident_number="26-000123", **fields)


@pytest.mark.parametrize(
    ("plate", "kind"),
    [
        ("ODEM123", "lookalike"),
        ("0DEMI2B", "edit1"),  # 3 and 8 are no look-alikes
        ("QDEMI23", "lookalike"),
        ("0DEM124", "edit1"),
        ("0DEM12", "edit1"),
        ("0DEM1234", "edit1"),
        ("ODEM124", "edit1"),  # look-alikes are equal before characters are counted
        ("0DEM145", ""),
        ("0DEM132", ""),  # two changed places are two characters
    ],
)
def test_what_is_near_is_a_possible_match_and_no_hit(entry, plate, kind):
    read = make.detection(plate)
    assert match(read) == {}
    assert not Hit.objects.exists()
    assert kinds() == ({(plate, kind)} if kind else set())
    assert hot_among([plate], at=NOON) == ({plate} if kind else set())


def test_a_possible_match_has_its_history_and_its_message(entry):
    read = make.detection("0DEM124", at=NOON - MINUTE)
    match(read)
    made = PossibleMatch.objects.get()
    assert (made.read_ref, made.hot_plate, made.created_at, made.status) == (read.ref, entry, NOON, "new")
    assert (made.repeats, made.last_seen_at, made.informational) == (0, None, False)
    event = OutboxEvent.objects.get()
    assert (event.topic, event.possible, event.hit, event.created_at) == (NEW_POSSIBLE, made, None, NOON)
    history = PossibleMatch.history.get()
    assert (history.id, history.history_type, history.kind) == (made.pk, "+", "edit1")
    match(read)
    assert PossibleMatch.objects.count() == OutboxEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("near", "shown"), [("exact", set()), ("lookalike", {"lookalike"}), ("edit1", {"lookalike", "edit1"})]
)
def test_a_list_says_how_near_is_shown(db, near, shown):
    make.hot_plate("0DEM123", hot_list=make.hot_list("A list", near=near))
    match(make.detection("ODEM123"), make.detection("0DEM124"))
    assert {kind for _, kind in kinds()} == shown


def test_a_short_plate_has_look_alikes_only(db):
    make.hot_plate("0DEM")
    match(make.detection("ODEM"), make.detection("0DE"), make.detection("0DEM1"))
    assert kinds() == {("ODEM", "lookalike")}


def test_a_partial_entry_gives_possible_matches_and_never_a_hit(db):
    partial()
    match(*(make.detection(plate) for plate in ("0DEM123", "0DE9128", "0DEM12", "0DEM1234", "ODEM123")))
    assert kinds() == {("0DEM123", "partial"), ("0DE9128", "partial")}
    assert hot_among(["0DEM123", "ODEM123", "0DEM12"], at=NOON) == {"0DEM123"}
    assert not Hit.objects.exists()


def test_a_partial_entry_that_ended_is_asked_for_no_more(db):
    partial()
    assert hot_among(["0DEM123"], at=NOON + timedelta(hours=23)) == set()


def test_states_must_agree_for_possible_matches_too(db):
    make.hot_plate("0DEM123", state="CA")
    partial("0XYZ78?", state="CA")
    match(*(make.detection(plate, state="NV") for plate in ("0DEM123", "0DEM124", "0XYZ789")))
    assert not PossibleMatch.objects.exists()
    match(make.detection("0DEM124", state="CA"), make.detection("0XYZ789"))
    assert len(kinds()) == 2


def test_near_a_special_list_is_informational(db):
    make.hot_plate("0DEM123", hot_list=make.hot_list("Special", kind=HotList.Kind.SPECIAL))
    match(make.detection("0DEM124"))
    assert PossibleMatch.objects.get().informational


def test_imported_lists_show_look_alikes_at_most(db):
    taken_in(make.hot_list("SVS", near="edit1"), "0DEM123")
    match(make.detection("ODEM123"), make.detection("0DEM124"))
    assert kinds() == {("ODEM123", "lookalike")}
    assert HotPlate.objects.get().plate == "0DEM123"


def test_the_same_characters_at_the_camera_again_are_counted_until_somebody_decides(entry, dispatcher):
    for minutes in (0, 5, 14):
        match(make.detection("0DEM124", at=NOON + minutes * MINUTE), at=NOON + 15 * MINUTE)
    made = PossibleMatch.objects.get()
    assert (made.repeats, made.last_seen_at) == (2, NOON + 14 * MINUTE)
    assert list(OutboxEvent.objects.order_by("id").values_list("topic", flat=True)) == [
        NEW_POSSIBLE, POSSIBLE_CHANGED, POSSIBLE_CHANGED
    ]  # fmt: skip
    match(make.detection("0DEM125", at=NOON + 14 * MINUTE), at=NOON + 15 * MINUTE)  # most likely another car
    assert PossibleMatch.objects.count() == 2
    PossibleMatch.objects.update(status="dismissed", decided_by=dispatcher, decided_at=NOON)
    match(make.detection("0DEM124", at=NOON + 15 * MINUTE), at=NOON + 15 * MINUTE)
    assert PossibleMatch.objects.count() == 3


def test_an_exact_read_and_a_near_one_of_one_batch_stand_side_by_side(entry):
    first, second = make.detection("0DEM123"), make.detection("0DEM124")
    assert set(match(first, second)) == {first.pk}
    assert (Hit.objects.count(), PossibleMatch.objects.count()) == (1, 1)


# --- corrections ---


def test_a_correction_that_makes_a_read_exact_makes_its_hit_and_takes_the_undecided_possible_match_away(entry, officer):
    read = a_read("0DEM128")
    match(read)
    assert kinds() == {("0DEM128", "edit1")}
    look_at(read, officer)
    assert correct(read, officer).hits == 1
    assert Hit.objects.get().plate == "0DEM123"
    assert not PossibleMatch.objects.exists()


def test_a_decided_possible_match_stays_beside_the_hit_of_the_correction(entry, officer):
    read = a_read("0DEM128")
    match(read)
    PossibleMatch.objects.update(status="same", decided_by=officer, decided_at=NOON)
    look_at(read, officer)
    assert correct(read, officer).hits == 1
    assert PossibleMatch.objects.get().status == "same"


def test_a_correction_that_takes_the_plate_away_leaves_the_hit_to_the_desk(entry, officer):
    read = a_read("0DEM123")
    match(read)
    look_at(read, officer)
    assert correct(read, officer, plate="0DEM128").hits == 0
    assert Hit.objects.get().status == "new"
    assert not PossibleMatch.objects.exists()  # nothing beside a hit of the same read on the same hot plate


# --- ingest ---


def post(camera, *reads, at=NOON):
    by = asker.device(camera.code, address="127.0.0.1")
    return record_reads(by=by, camera=camera, reads=list(reads), at=at)


def new(plate, key, at=NOON - MINUTE):
    return NewRead(client_key=key, plate=plate, plate_read=plate, captured_at=at)


def test_devices_are_told_of_hits_and_of_reads_that_joined_one_and_of_no_possible_match(entry):
    camera = make.camera()
    reads = [new("0DEM123", "a"), new("0DEM123", "b", NOON), new("0DEM124", "c"), new("0XYZ789", "d")]
    answers = post(camera, *reads)
    assert [answer.hits for answer in answers] == [1, 1, 0, 0]
    again = post(camera, *reads, at=NOON + MINUTE)
    assert [(answer.status, answer.hits) for answer in again] == [
        ("duplicate", 1), ("duplicate", 1), ("duplicate", 0), ("duplicate", 0)
    ]  # fmt: skip
    assert (Hit.objects.count(), HitRepeat.objects.count(), PossibleMatch.objects.count()) == (1, 1, 1)


def test_ingest_finds_whatever_kind_of_entry_a_read_is_of(entry):
    partial("0XYZ78?")
    taken_in(make.hot_list("SVS"), "0SVS001")
    camera = make.camera()
    answers = post(camera, new("0SVS001", "a"), new("0XYZ781", "b"), new("ODEM123", "c"), new("OSVSOO1", "d"))
    assert [answer.hits for answer in answers] == [1, 0, 0, 0]
    assert kinds() == {("0XYZ781", "partial"), ("ODEM123", "lookalike"), ("OSVSOO1", "lookalike")}
    assert Detection.objects.count() == 4
