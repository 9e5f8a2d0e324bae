"""Device keys: shown once, stored hashed, dead at once when revoked, expired or their camera retires."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from audit.models import LedgerDetail, LedgerEntry
from audit.refusals import Refused
from cameras import operations
from cameras.devices import USED_EVERY, authenticate
from cameras.models import Camera, DeviceKey
from tests import make
from tests.make import NOON

TICK = timedelta(microseconds=1)


def issue(camera, by, **changes):
    return operations.issue_device_key(camera_id=camera.pk, **({"name": "roof box"} | changes), by=make.by(by), at=NOON)


@pytest.fixture
def camera(db) -> Camera:
    return make.camera()


def test_a_key_opens_for_its_own_camera(camera, administrator, last_record):
    key, clear = issue(camera, administrator)
    found = authenticate(f"Bearer {clear}", NOON)
    assert (found, found.camera, found.issued_by) == (key, camera, administrator)
    assert (last_record().action, last_record().subject_id) == ("camera.issue_key", str(camera.pk))


def test_the_clear_text_is_stored_nowhere(camera, administrator):
    key, clear = issue(camera, administrator)
    assert key.hashed_key == "sha512$$" + hashlib.sha512(clear.encode()).hexdigest()
    secret = clear.partition(".")[2]
    written = [*LedgerDetail.objects.values_list("query", "detail", "reason"), *DeviceKey.objects.values_list()]
    assert secret not in str(written)


@pytest.mark.parametrize(
    "bend",
    [
        lambda clear: "",
        lambda clear: clear,
        lambda clear: f"bearer {clear}",
        lambda clear: f"Bearer  {clear}",
        lambda clear: f"Bearer {clear} ",
        lambda clear: f"Bearer {clear}\n",
        lambda clear: f"Basic {clear}",
        lambda clear: f"Bearer {clear[:-1]}",
        lambda clear: f"Bearer {clear[:-1]}{'a' if clear[-1] != 'a' else 'b'}",
        lambda clear: f"Bearer {'a' if clear[0] != 'a' else 'b'}{clear[1:]}",
        lambda clear: f"Bearer {clear.replace('.', '')}",
        lambda clear: f"Bearer {clear}{'x' * 100_000}",
        lambda clear: f"Bearer \x00{clear[1:]}",
        lambda clear: f"Bearer é{clear[1:]}",
        lambda clear: f"Bearer {clear.swapcase()}",
    ],
)
def test_anything_but_the_key_itself_is_nobody(camera, bend):
    clear = make.device_key(camera)
    assert authenticate(bend(clear), NOON) is None
    assert authenticate(f"Bearer {clear}", NOON)


def test_a_revoked_key_is_dead_at_once_and_the_others_live(camera, administrator, last_record):
    old, old_clear = issue(camera, administrator)
    _, new_clear = issue(camera, administrator)
    assert authenticate(f"Bearer {old_clear}", NOON)
    assert authenticate(f"Bearer {new_clear}", NOON)
    operations.revoke_device_key(prefix=old.prefix, by=make.by(administrator), at=NOON)
    assert authenticate(f"Bearer {old_clear}", NOON) is None
    assert authenticate(f"Bearer {new_clear}", NOON)
    old.refresh_from_db()
    assert (old.revoked, old.revoked_at, old.revoked_by) == (True, NOON, administrator)
    assert last_record().action == "camera.revoke_key"


def test_a_key_ends_at_the_instant_of_its_end(camera, administrator):
    _, clear = issue(camera, administrator, expires_at=NOON)
    assert authenticate(f"Bearer {clear}", NOON - TICK)
    assert authenticate(f"Bearer {clear}", NOON) is None


def test_a_camera_retires_and_its_keys_with_it(camera, administrator):
    _, clear = issue(camera, administrator)
    operations.retire_camera(camera_id=camera.pk, reason="Lens broken", by=make.by(administrator), at=NOON)
    assert authenticate(f"Bearer {clear}", NOON - TICK)
    assert authenticate(f"Bearer {clear}", NOON) is None


def test_a_donors_camera_gets_no_key_and_no_smuggled_key_opens(administrator, last_record):
    donor = make.camera("DONOR-1", owner_class="donor", kind="video")
    with pytest.raises(Refused) as caught:
        issue(donor, administrator)
    assert (caught.value.refusal.code, caught.value.refusal.citation.section) == ("camera.donor_key", "G.1")
    assert last_record().rule_code == "camera.donor_key"
    assert not DeviceKey.objects.exists()
    assert authenticate(f"Bearer {make.device_key(donor)}", NOON) is None


@pytest.mark.parametrize("person", ["officer", "detective", "auditor"])
def test_only_administrators_issue_and_revoke(camera, person, request):
    clear = make.device_key(camera)
    member = request.getfixturevalue(person)
    with pytest.raises(Refused) as caught:
        issue(camera, member)
    assert caught.value.refusal.code == "access.role"
    with pytest.raises(Refused):
        operations.revoke_device_key(prefix=clear[:8], by=make.by(member), at=NOON)
    assert authenticate(f"Bearer {clear}", NOON)


def test_the_last_use_is_written_at_most_once_a_minute(camera, django_assert_num_queries):
    clear = make.device_key(camera)
    with django_assert_num_queries(2):
        authenticate(f"Bearer {clear}", NOON)
    with django_assert_num_queries(1):
        authenticate(f"Bearer {clear}", NOON + USED_EVERY - TICK)
    assert DeviceKey.objects.get().last_used_at == NOON
    authenticate(f"Bearer {clear}", NOON + USED_EVERY)
    assert DeviceKey.objects.get().last_used_at == NOON + USED_EVERY


@pytest.mark.django_db(transaction=True)
def test_of_two_who_revoke_a_key_at_once_one_does_and_one_is_refused():
    people = [make.user(name, "alpr_administrator", classification="sergeant") for name in ("first", "second")]
    prefix = make.device_key(make.camera())[:8]

    def attempt(person):
        try:
            operations.revoke_device_key(prefix=prefix, by=make.by(person), at=NOON)
            return "revoked"
        except Refused as refused:
            return refused.refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, people)) == ["camera.key_revoked", "revoked"]
    outcomes = LedgerEntry.objects.filter(action="camera.revoke_key").values_list("outcome", flat=True)
    assert sorted(outcomes) == ["allowed", "refused"]
