"""A read is corrected by its picture, under the purpose it was opened for; what was read first is kept."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import LedgerEntry
from audit.plates import PlateError
from audit.refusals import Refused
from detections.models import Detection, Hit, PlateCorrection
from detections.photo_tokens import Look, make_token, photo_token
from detections.photos import open_photo
from detections.searching.correct_read import correct_read
from detections.searching.open_read import ReadNotFound
from tests import make
from tests.detections import road

NOON, LATER = road.NOON, road.NOON + timedelta(minutes=5)
LOOK = Look("locate", "Stolen from the Elm Street garage last night", "26-123456")
WHY = "The fourth sign is an M"


def a_read(plate="0DEM128", *, at=NOON, **fields):
    return make.detection(plate, at=at, plate_read=plate, photo=road.photo(at=at, status="read"), **fields)


def look_at(read, by, at=LATER):
    token = photo_token(by, read.photo_id, LOOK.purpose, LOOK.reason, LOOK.case_number, at=at)
    open_photo(photo_id=read.photo_id, token=token, by=make.by(by), at=at)


def correct(read, by, *, plate="0DEM123", why=WHY, look=LOOK):
    """The correction under the look of this read's own link, or under none."""
    look = replace(look, ref=read.ref) if look else None
    return correct_read(by=make.by(by), at=LATER, read_id=read.pk, look=look, plate=plate, why=why)


def refusal_of(read, by, **given):
    with pytest.raises(Refused) as caught:
        correct(read, by, **given)
    assert Detection.objects.at(read.ref).get().plate == read.plate
    assert not PlateCorrection.objects.exists()
    entry = LedgerEntry.objects.get(index=caught.value.record_index)
    assert (entry.action, entry.rule_code) == ("read.correct", caught.value.refusal.code)
    return caught.value.refusal.code


def test_a_correction_keeps_what_the_machine_read_and_matches_anew(officer):
    make.hot_plate("0DEM123")
    read = a_read()
    look_at(read, officer)
    done = correct(read, officer)
    read.refresh_from_db()
    assert (read.plate, read.plate_read, done.hits) == ("0DEM123", "0DEM128", 1)
    layer = PlateCorrection.objects.get(detection=read)
    assert (layer.plate_before, layer.plate_after, layer.corrected_by, layer.reason) == (
        "0DEM128",
        "0DEM123",
        officer,
        WHY,
    )
    assert Hit.objects.get().detection == read


def test_a_correction_is_on_record_with_purpose_case_and_both_plates(officer):
    read = a_read()
    look_at(read, officer)
    correct(read, officer)
    entry = LedgerEntry.objects.get(action="read.correct")
    assert (entry.purpose, entry.outcome, entry.subject_id) == ("locate", "allowed", str(read.pk))
    clear = entry.clear
    assert (clear.case_number, json.loads(clear.query)) == ("26-123456", {"plate": "0DEM128"})
    assert json.loads(clear.detail) == {"plate": ["0DEM128", "0DEM123"], "why": WHY, "hits": 0}


def test_a_correction_needs_the_purpose_of_a_look(officer):
    read = a_read()
    look_at(read, officer)
    assert refusal_of(read, officer, look=None) == "search.context_missing"


def test_a_correction_needs_the_picture_to_be_seen(officer):
    assert refusal_of(a_read(), officer) == "photo.picture_unseen"


def test_a_read_without_a_picture_is_not_corrected(officer):
    assert refusal_of(make.detection("0DEM128"), officer) == "read.no_picture"


def test_a_correction_changes_something_and_says_why(officer):
    read = a_read()
    look_at(read, officer)
    assert refusal_of(read, officer, plate="0dem-128") == "read.unchanged"
    assert refusal_of(read, officer, why="it is wrong"[:5]) == "read.correction_unexplained"


@pytest.mark.parametrize(("who", "code"), [("auditor", "access.role"), ("untrained", "access.training")])
def test_who_may_not_read_by_eye_corrects_nothing(who, code, request):
    person = request.getfixturevalue(who)
    assert refusal_of(a_read(), person) == code


def test_a_read_past_its_ceiling_is_not_there_to_be_corrected(officer):
    read = a_read(at=NOON - timedelta(days=731))
    with pytest.raises(ReadNotFound):
        correct(read, officer)


def test_what_is_no_plate_is_named(officer):
    with pytest.raises(PlateError):
        correct(a_read(), officer, plate="0DEM%23")


def page_of(read, user, now):
    token = make_token(user, read.ref, LOOK.purpose, LOOK.reason, LOOK.case_number, at=now)
    return f"{reverse('detections:read', args=[read.pk])}?t={token}"


def test_the_page_of_a_read_walks_from_the_picture_to_its_correction(officer, signed_in):
    now = timezone.now()
    make.hot_plate("0DEM123", at=now)
    read, client = a_read(at=now), signed_in(officer)
    body = client.get(page_of(read, officer, now)).content.decode()
    address = re.search(r'<form method="post" action="(/reads/[^"]+)"', body)[1]
    assert "0DEM" not in address
    given = {"plate": "0DEM123", "why": WHY}
    refused = client.post(address, given)
    assert refused.status_code == 403
    assert b"photo.picture_unseen" in refused.content
    assert b'value="0DEM123"' in refused.content
    assert client.get(re.search(r'<img src="(/photos/[^"]+)"', body)[1]).status_code == 200
    assert client.post(address, given | {"plate": "0D\u0415M123"}).status_code == 422
    done = client.post(address, given)
    assert done.status_code == 303
    shown = client.get(done["Location"]).content.decode()
    assert "what was read first is kept" in shown
    assert WHY in shown
    assert Hit.objects.count() == 1


def test_a_correction_with_an_old_link_is_refused_on_record(officer, signed_in):
    read = a_read()
    answer = signed_in(officer).post(reverse("detections:read", args=[read.pk]), {"plate": "0DEM123", "why": WHY})
    assert answer.status_code == 403
    assert LedgerEntry.objects.filter(rule_code="search.context_missing").exists()
    read.refresh_from_db()
    assert read.plate == "0DEM128"


def test_without_a_picture_the_page_offers_no_correction(officer, signed_in):
    now = timezone.now()
    page = signed_in(officer).get(page_of(make.detection("0DEM128", at=now), officer, now))
    assert b"Correct the read" not in page.content
