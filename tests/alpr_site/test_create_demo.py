"""The demonstration department: complete the first time, untouched the second, honest on the ledger."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import Certificate, LedgerEntry, User
from audit.policy import shipped
from cameras.models import Camera, DeviceKey
from detections.hits.visibility import visible_hits
from detections.models import Detection, HeldRead, Hit, Photo
from detections.retention import hold_pages
from detections.searching.approval import count_waiting
from hotlists.lists import stale
from hotlists.models import HotListImport, HotPlate


def create() -> str:
    output = StringIO()
    call_command("create_demo", stdout=output)
    return output.getvalue()


@pytest.fixture
def state(settings, tmp_path: Path) -> Path:
    settings.STATE_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "photos"
    return tmp_path


def test_first_run_makes_the_whole_department(db, state):
    said = create()
    assert "there already" not in said
    assert User.objects.filter(username__startswith="demo-").count() == 15
    assert not any(user.has_usable_password() for user in User.objects.all())
    assert set(Camera.objects.values_list("owner_class", flat=True)) == set(Camera.OwnerClass.values)
    assert 2_800 < Detection.objects.count() < 3_300
    assert Detection.objects.filter(plate="0DEM123").count() > 40
    assert not Detection.objects.filter(latitude=None, camera__kind=Camera.Kind.VEHICLE).exists()
    assert all(plate.startswith("0") for plate in Detection.objects.values_list("plate", flat=True).distinct())
    # The refusals are meant: a damaged file of a hot list, and two searches for an inspection to find.
    wrong = LedgerEntry.objects.filter(outcome__in=["refused", "failed"])
    assert sorted(wrong.values_list("action", "rule_code")) == [
        ("import.finish", "import.bad_rows"),
        ("search.run", "query.own_plate"),
        ("search.run", "query.prohibited"),
    ]


def test_second_run_changes_nothing(db, state):
    create()
    before = LedgerEntry.objects.count()
    said = create()
    assert said.count("there already") == len(said.splitlines())
    assert LedgerEntry.objects.count() == before


def test_a_hot_plate_that_reached_its_end_is_entered_anew(db, state):
    create()
    one = HotPlate.objects.get(plate="0DEM123")
    HotPlate.objects.filter(pk=one.pk).update(
        effective_from=one.effective_from - timedelta(days=2),
        expires_at=one.expires_at - timedelta(days=2),
    )
    assert "live hot plates entered: 1" in create()
    assert HotPlate.objects.active(timezone.now()).filter(plate="0DEM123").count() == 1


def test_somebody_has_to_decide_and_a_hold_is_looked_at_tomorrow(db, state):
    create()
    administrator = User.objects.get(username="demo-administrator")
    assert count_waiting(administrator, timezone.now()) == 1
    assert hold_pages.count_due(timezone.now()) == 0
    assert hold_pages.count_due(timezone.now() + timedelta(days=1)) == 1
    assert HeldRead.objects.count() == 3


def test_one_vehicle_travels_behind_another(db, state):
    create()
    followed = Detection.objects.filter(plate="0DEM123", camera__code="TRAFFIC-12").order_by("captured_at")
    behind = Detection.objects.filter(plate="0DEM321", camera__code="TRAFFIC-12").order_by("captured_at")
    assert [read.captured_at + timedelta(seconds=40) for read in followed] == [read.captured_at for read in behind]


def test_hits_stand_at_several_places_of_their_road(db, state):
    create()
    stages = {hit.plate: (hit.status, hit.disposition) for hit in Hit.objects.filter(plate__startswith="0DEM")}
    assert stages == {
        "0DEM123": ("new", ""),
        "0DEM777": ("checked", ""),
        "0DEM404": ("closed", "not_located"),
        "0DEM550": ("closed", "misread"),
        "0DEM900": ("new", ""),
    }


def test_only_the_detective_and_the_agency_it_is_shared_with_see_the_special_list(db, state):
    create()
    sees = {
        user.username
        for user in User.objects.all()
        if visible_hits(user, timezone.now()).filter(informational=True).exists()
    }
    assert sees == {"demo-detective", "demo-partner"}


def test_keys_are_private_and_work(db, state):
    create()
    path = state / "demo-device-keys.json"
    assert path.stat().st_mode & 0o777 == 0o600
    keys = json.loads(path.read_text())
    assert len(keys) == 6
    assert all(DeviceKey.objects.get_from_key(key).camera.code == code for code, key in keys.items())


def test_lost_keys_are_replaced(db, state):
    create()
    (state / "demo-device-keys.json").unlink()
    create()
    keys = json.loads((state / "demo-device-keys.json").read_text())
    assert all(DeviceKey.objects.is_valid(key) for key in keys.values())


def test_donor_cameras_have_neither_key_nor_read(db, state):
    create()
    donor = Camera.objects.get(owner_class="donor")
    assert not donor.keys.exists()
    assert not donor.detections.exists()


def test_the_untrained_officer_has_no_certificate(db, state):
    create()
    assert not Certificate.objects.filter(user__username="demo-untrained").exists()


def test_one_photograph_waits_for_a_person(db, state):
    create()
    assert Photo.objects.filter(status=Photo.Status.UNREADABLE).count() == 1
    assert Detection.objects.filter(plate="0DEM123").exclude(photo=None).count() == 6


@pytest.mark.parametrize("profile", [profile.id for profile in shipped()])
def test_it_works_under_every_profile(db, state, settings, profile):
    settings.POLICY_PROFILE = profile
    assert f"policy in force: {profile}" in create()


def test_it_is_for_the_quick_start_only(db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError):
        create()


def test_the_imported_lists_show_all_that_a_list_can_be(db, state):
    create()
    by_name = dict(HotListImport.objects.values_list("name", "status"))
    assert by_name == {
        "svs-yesterday.txt": "superseded",
        "svs-today.txt": "live",
        "svs-damaged.txt": "refused",
        "stolen-plates.csv": "live",
    }
    assert HotListImport.objects.get(name="svs-today.txt").kept == 2_000
    assert HotListImport.objects.get(name="stolen-plates.csv").dropped == {"IMMIGRATION_VIOLATOR": 6}
    assert HotListImport.objects.get(name="svs-damaged.txt").rejections.count() == 3
    assert [one.name for one in stale.stale_lists(timezone.now())] == ["Neighbour county stolen plates"]
    HotListImport.objects.filter(status="live").update(live_from=timezone.now() - timedelta(days=90))
    assert "files of imported lists: there already" in create()
