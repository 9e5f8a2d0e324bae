"""A person reads a photograph: matched like any read, the machine's reading kept beneath."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import LedgerEntry
from audit.plates import PlateError
from audit.refusals import Refused
from detections.models import Detection, Hit, Photo, PlateCorrection
from detections.photo_tokens import photo_token
from detections.photos import TRANSCRIPTION, open_photo
from detections.transcription import transcribe_photo
from tests import make
from tests.detections import road

NOON, LATER = road.NOON, road.NOON + timedelta(minutes=5)


def look(photo, by, at=LATER):
    token = photo_token(by, photo.pk, TRANSCRIPTION, "Reading a photograph by eye", "", at=at)
    open_photo(photo_id=photo.pk, token=token, by=make.by(by), at=at)


def enter(photo, by, **given):
    look(photo, by)
    return transcribe_photo(photo_id=photo.pk, by=make.by(by), at=LATER, **({"plate": "0DEM123"} | given))


def refusal_of(photo, by, **given):
    before = Photo.objects.values().get(pk=photo.pk)
    reads = list(Detection.objects.order_by("pk").values())
    with pytest.raises(Refused) as caught:
        transcribe_photo(photo_id=photo.pk, by=make.by(by), at=LATER, **({"plate": "0DEM123"} | given))
    assert Photo.objects.values().get(pk=photo.pk) == before
    assert list(Detection.objects.order_by("pk").values()) == reads
    entry = LedgerEntry.objects.get(index=caught.value.record_index)
    assert (entry.action, entry.rule_code) == ("photo.transcribe", caught.value.refusal.code)
    return caught.value.refusal.code


def test_a_persons_reading_is_a_read_and_makes_its_hit(dispatcher):
    make.hot_plate("0DEM123")
    photo = road.photo(status="unreadable")
    done = enter(photo, dispatcher, plate="0dem-123", state="ca")
    photo.refresh_from_db()
    assert (photo.status, done.hits) == ("transcribed", 1)
    made = Detection.objects.get(photo=photo)
    assert (made.plate, made.state, made.source, made.confidence) == ("0DEM123", "CA", "person", None)
    assert Hit.objects.get().detection == made
    record = LedgerEntry.objects.get(action="photo.transcribe")
    assert (record.username, record.purpose) == ("dispatcher", "transcription")


def test_a_correction_keeps_what_the_machine_read_and_matches_anew(dispatcher):
    make.hot_plate("0DEM123")
    photo = road.photo(status="read")
    read = make.detection("0DEM128", photo=photo, plate_read="0DEM128")
    done = enter(photo, dispatcher)
    read.refresh_from_db()
    assert (read.plate, read.plate_read, done.hits) == ("0DEM123", "0DEM128", 1)
    layer = PlateCorrection.objects.get(detection=read)
    assert (layer.plate_before, layer.plate_after, layer.corrected_by) == ("0DEM128", "0DEM123", dispatcher)


def test_confirming_the_machine_adds_no_layer(dispatcher):
    photo = road.photo(status="read")
    make.detection("0DEM123", photo=photo)
    enter(photo, dispatcher)
    assert not PlateCorrection.objects.exists()


def test_no_plate_in_the_picture_is_an_answer(dispatcher):
    photo = road.photo(status="unreadable")
    assert enter(photo, dispatcher, plate="").read is None
    photo.refresh_from_db()
    assert (photo.status, Detection.objects.count()) == ("no_plate", 0)


def test_one_photograph_is_read_by_one_person(dispatcher, officer):
    photo = road.photo(status="unreadable")
    enter(photo, dispatcher)
    look(photo, officer)
    assert refusal_of(photo, officer) == "photo.already_read"


def test_a_reading_needs_a_look(dispatcher):
    assert refusal_of(road.photo(status="unreadable"), dispatcher) == "photo.picture_unseen"


def test_no_plate_does_not_unmake_a_read(dispatcher):
    photo = road.photo(status="read")
    make.detection("0DEM128", photo=photo)
    look(photo, dispatcher)
    assert refusal_of(photo, dispatcher, plate="") == "photo.has_reads"


def test_of_several_reads_one_must_be_named(dispatcher):
    photo = road.photo(status="read")
    first, second = (make.detection(plate, photo=photo) for plate in ("0DEM128", "0DEM129"))
    look(photo, dispatcher)
    assert refusal_of(photo, dispatcher) == "photo.which_read"
    elsewhere = make.detection("0DEM130")
    assert refusal_of(photo, dispatcher, read_id=elsewhere.pk) == "photo.which_read"
    enter(photo, dispatcher, read_id=second.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.plate, second.plate) == ("0DEM128", "0DEM123")


@pytest.mark.parametrize(("who", "code"), [("auditor", "access.role"), ("untrained", "access.training")])
def test_who_may_not_read_photographs_is_refused(who, code, request):
    person = request.getfixturevalue(who)
    assert refusal_of(road.photo(status="unreadable"), person) == code


def test_what_is_no_plate_is_named_before_anything_is_done(dispatcher):
    with pytest.raises(PlateError):
        transcribe_photo(photo_id=road.photo().pk, plate="0DEM%23", by=make.by(dispatcher), at=LATER)
    assert not LedgerEntry.objects.filter(action="photo.transcribe").exists()


def test_the_queue_shows_who_waits_for_whom_and_no_plate(dispatcher, signed_in, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    (tmp_path / "ocr-install.json").write_text('{"state": "installing"}')
    unread = road.photo(status="unreadable", note="The reader saw no plate.")
    waiting = road.photo()
    road.photo(status="read", readings=[{"text": "0DEM999"}])
    page = signed_in(dispatcher).get(reverse("detections:unread_photos"))
    body = page.content.decode()
    assert page.status_code == 200
    assert "still being installed" in body
    assert body.count("Read by eye") == 2
    assert str(unread.pk) in body
    assert str(waiting.pk) in body
    assert "0DEM999" not in body
    assert LedgerEntry.objects.get(action="photo.queue").result_count == 2


def test_the_page_walks_from_the_picture_to_the_reading(dispatcher, signed_in):
    now = timezone.now()
    make.hot_plate("0DEM123", at=now)
    photo = road.photo(at=now, status="unreadable", readings=[{"text": "0D3M", "confidence": 0.3}])
    client, url = signed_in(dispatcher), reverse("detections:transcribe", args=[photo.pk])
    page = client.get(url)
    assert b"0D3M" in page.content
    refused = client.post(url, {"plate": "0DEM123", "state": "CA"})
    assert refused.status_code == 403
    assert b"photo.picture_unseen" in refused.content
    assert b'value="0DEM123"' in refused.content
    picture = page.content.decode().split('<img src="')[1].split('"')[0]
    assert client.get(picture).status_code == 200
    done = client.post(url, {"plate": "0DEM123", "state": "CA"})
    assert (done.status_code, done["Location"]) == (302, reverse("detections:unread_photos"))
    assert Hit.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "one of the two"),
        ({"plate": "0DEM123", "no_plate": "on"}, "one of the two"),
        ({"plate": "0DЕM123"}, "Cyrillic"),
        ({"plate": "0DEM12345"}, "at most 8"),
        ({"plate": "0DEM123", "state": "XX"}, "XX"),
    ],
)
def test_a_mistake_in_the_form_is_named_and_kept(given, words, dispatcher, signed_in):
    photo = road.photo(status="unreadable")
    page = signed_in(dispatcher).post(reverse("detections:transcribe", args=[photo.pk]), given)
    assert page.status_code == 422
    assert words in page.content.decode()
    assert not Detection.objects.exists()


def test_no_such_photograph_is_404(dispatcher, signed_in):
    photo = road.photo()
    Photo.objects.all().delete()
    assert signed_in(dispatcher).get(reverse("detections:transcribe", args=[photo.pk])).status_code == 404
