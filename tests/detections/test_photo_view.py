"""The picture itself: under the purpose of the page that linked it, cleaned, never cached, always recorded."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from audit.ids import uuid7
from audit.models import LedgerEntry
from detections.models import HeldRead, Hold
from detections.photo_tokens import photo_token
from tests import make
from tests.detections import road


def address(photo, token=""):
    return reverse("detections:photo", args=[photo.pk]) + (f"?t={token}" if token else "")


def token_for(person, photo, *, at=None, purpose="locate", reason="Looking for the car", case="26-123456"):
    return photo_token(person, photo.pk, purpose, reason, case, at=at or timezone.now())


def last_record():
    return LedgerEntry.objects.filter(action="photo.view").order_by("-index").first()


def test_the_picture_comes_with_its_record_and_is_never_kept(detective, signed_in):
    photo = road.photo()
    response = signed_in(detective).get(address(photo, token_for(detective, photo)))
    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    with default_storage.open(photo.served.name) as served:
        assert response.content == served.read()
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Disposition"] == "inline"
    assert response["X-Content-Type-Options"] == "nosniff"
    record = last_record()
    assert (record.username, record.purpose, record.subject_id) == ("detective", "locate", str(photo.pk))
    assert (record.clear.reason, record.clear.case_number) == ("Looking for the car", "26-123456")
    assert (record.outcome, record.result_count) == ("allowed", 1)


def test_the_small_picture_is_at_most_320_pixels_wide(detective, signed_in):
    from io import BytesIO

    from PIL import Image

    photo = road.photo()
    response = signed_in(detective).get(address(photo, token_for(detective, photo)) + "&size=small")
    assert max(Image.open(BytesIO(response.content)).size) == 320


@pytest.mark.parametrize("kind", ["missing", "altered", "expired", "anothers", "of another picture", "without purpose"])
def test_without_a_good_token_it_is_refused_in_words_and_recorded(kind, detective, officer, signed_in):
    photo, other = road.photo(), road.photo()
    now = timezone.now()
    token = {
        "missing": "",
        "altered": token_for(detective, photo)[:-4] + "AAAA",
        "expired": token_for(detective, photo, at=now - timedelta(minutes=11)),
        "anothers": token_for(officer, photo),
        "of another picture": token_for(detective, other),
        "without purpose": token_for(detective, photo, purpose=""),
    }[kind]
    response = signed_in(detective).get(address(photo, token))
    assert response.status_code == 403
    assert b"query.purpose_missing" in response.content
    record = last_record()
    assert (record.outcome, record.rule_code) == ("refused", "query.purpose_missing")


@pytest.mark.parametrize(("who", "code"), [("auditor", "access.role"), ("untrained", "access.training")])
def test_a_token_does_not_stand_in_for_role_and_training(who, code, signed_in, request):
    person = request.getfixturevalue(who)
    photo = road.photo()
    response = signed_in(person).get(address(photo, token_for(person, photo)))
    assert response.status_code == 403
    assert last_record().rule_code == code


def test_the_public_is_sent_to_sign_in(client, db):
    response = client.get(address(road.photo()))
    assert response.status_code == 302
    assert not LedgerEntry.objects.filter(action="photo.view").exists()


def test_no_such_picture_and_a_lost_file_are_404_and_an_empty_look(detective, signed_in):
    photo = road.photo()
    default_storage.delete(photo.served.name)
    client = signed_in(detective)
    assert client.get(address(photo, token_for(detective, photo))).status_code == 404
    assert last_record().outcome == "empty"
    none = uuid7()
    token = photo_token(detective, none, "locate", "Looking for the car", "", at=timezone.now())
    assert client.get(reverse("detections:photo", args=[none]) + f"?t={token}").status_code == 404


def test_no_plate_stands_in_the_address(detective):
    photo = road.photo()
    assert "0DEM123" not in address(photo, token_for(detective, photo, reason="Looking for 0DEM123 again"))


def test_past_its_ceiling_it_is_gone_though_no_purge_ran(detective, signed_in):
    now = timezone.now()
    fresh, old = road.photo(at=now - timedelta(days=729)), road.photo(at=now - timedelta(days=732))
    client = signed_in(detective)
    assert client.get(address(fresh, token_for(detective, fresh))).status_code == 200
    assert client.get(address(old, token_for(detective, old))).status_code == 404


def test_held_as_evidence_it_is_seen_under_its_case(detective, signed_in):
    now = timezone.now()
    old = road.photo(at=now - timedelta(days=732))
    read = make.detection(at=old.captured_at, photo=old)
    hold = Hold.objects.create(
        case_number="26-123456",
        kind="evidence",
        proceeding="criminal",
        reason="Evidence in the robbery case",
        review_on=now.date(),
        placed_by=detective,
        placed_at=now,
    )
    HeldRead.objects.create(hold=hold, detection=read, plate=read.plate, captured_at=read.captured_at)
    client = signed_in(detective)
    assert client.get(address(old, token_for(detective, old))).status_code == 200
    assert client.get(address(old, token_for(detective, old, case="26-999999"))).status_code == 404
