"""A person reads what the machine could not: matched like any read, and nothing else is opened this way."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import LedgerEntry
from audit.plates import PlateError
from audit.refusals import Refused
from detections.models import Detection, Hit, Photo
from detections.photo_tokens import photo_token
from detections.photos import TRANSCRIPTION, open_photo
from detections.transcription import open_for_reading, transcribe_photo
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
    assert (made.plate, made.state, made.source, made.confidence) == ("0DEM123", "CA", Detection.Source.PERSON, None)
    assert Hit.objects.get().detection == made
    record = LedgerEntry.objects.get(action="photo.transcribe")
    assert (record.username, record.purpose) == ("dispatcher", "transcription")


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


@pytest.mark.parametrize("status", ["read", "attached"])
def test_a_photograph_with_its_read_needs_a_purpose_and_is_not_reread_here(dispatcher, status, signed_in):
    photo = road.photo(status=status, readings=[{"text": "0DEM128"}])
    make.detection("0DEM128", photo=photo)
    look(photo, dispatcher)
    assert refusal_of(photo, dispatcher) == "photo.has_read"
    page = signed_in(dispatcher).get(reverse("detections:transcribe", args=[photo.pk]))
    assert page.status_code == 403
    assert b"0DEM128" not in page.content
    assert b"/photos/" not in page.content.split(b"<main")[1].replace(b"/photos/unread/", b"")
    assert LedgerEntry.objects.filter(action="photo.queue", rule_code="photo.has_read").exists()


@pytest.mark.parametrize("state", ["ready", "installing"])
def test_what_the_machine_will_read_is_not_read_by_eye(dispatcher, state, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    (tmp_path / "ocr-install.json").write_text(json.dumps({"state": state}))
    photo = road.photo(status="waiting")
    look(photo, dispatcher)
    assert refusal_of(photo, dispatcher) == "photo.with_the_reader"


def test_without_a_machine_what_waits_is_read_by_eye(dispatcher, settings):
    settings.OCR_ENABLED = False
    photo = road.photo(status="waiting")
    assert enter(photo, dispatcher).read is not None
    reading = road.photo(status="reading")
    look(reading, dispatcher)
    assert refusal_of(reading, dispatcher) == "photo.with_the_reader"


def test_the_guesses_shown_are_on_record(dispatcher):
    photo = road.photo(status="unreadable", readings=[{"text": "0D3M"}, {"text": "0DEM"}])
    open_for_reading(photo_id=photo.pk, by=make.by(dispatcher), at=LATER)
    query = json.loads(LedgerEntry.objects.get(action="photo.queue").clear.query)
    assert query["plates"] == ["0D3M", "0DEM"]


def test_a_photograph_past_the_ceiling_is_nobodys_to_read(dispatcher):
    photo = road.photo(at=NOON - timedelta(days=731), status="unreadable")
    with pytest.raises(Photo.DoesNotExist):
        open_for_reading(photo_id=photo.pk, by=make.by(dispatcher), at=LATER)
    with pytest.raises(Photo.DoesNotExist):
        transcribe_photo(photo_id=photo.pk, plate="0DEM123", by=make.by(dispatcher), at=LATER)


def test_a_reading_needs_a_look(dispatcher):
    assert refusal_of(road.photo(status="unreadable"), dispatcher) == "photo.picture_unseen"


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
    assert body.count("Read by eye") == 1
    assert str(unread.pk) in body
    assert str(waiting.pk) not in body
    settings.OCR_ENABLED = False
    assert str(waiting.pk) in signed_in(dispatcher).get(reverse("detections:unread_photos")).content.decode()
    assert "0DEM999" not in body
    assert [entry.result_count for entry in LedgerEntry.objects.filter(action="photo.queue")] == [2, 2]


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
