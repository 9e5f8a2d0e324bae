"""The verbs of cameras: each leaves its record and its history; each refusal its code, and nothing moved."""

from datetime import timedelta

import pytest

from audit.models import LedgerEntry
from audit.refusals import Refused
from cameras import operations
from cameras.models import Camera, Deployment
from tests import make
from tests.make import LONG_AGO, NOON

HOUR = timedelta(hours=1)


def commission(by, **changes):
    facts = {
        "code": "CAM-07",
        "name": "J Street",
        "owner_class": "agency",
        "kind": "fixed",
        "authority": "Demonstration Police Department",
        "public_view": True,
    }
    return operations.commission_camera(**(facts | changes), by=make.by(by), at=NOON)


def deploy(camera, site, by, **changes):
    facts = {"starts_at": NOON, "purpose": "Locating stolen vehicles", "approved_by": by}
    return operations.deploy_camera(camera_id=camera.pk, site=site, **(facts | changes), by=make.by(by), at=NOON)


def code_of(call, *args, **kwargs):
    """The code with which a call is refused; its record must say the same."""
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    record = LedgerEntry.objects.get(index=caught.value.record_index)
    assert (record.outcome, record.rule_code) == ("refused", caught.value.refusal.code)
    return caught.value.refusal.code


def test_a_commissioned_camera_stands_with_its_record_and_history(administrator, last_record):
    camera = commission(administrator, bearing=90)
    assert Camera.objects.get(code="CAM-07").bearing == 90
    record = last_record()
    assert (record.action, record.subject_id, record.username) == (
        "camera.commission",
        str(camera.pk),
        "administrator",
    )
    history = camera.history.get()
    assert (history.history_user, history.history_change_reason) == (administrator, "Commissioned")


@pytest.mark.parametrize("person", ["officer", "detective", "dispatcher", "auditor", "clerk"])
def test_only_administrators_commission(person, request):
    assert code_of(commission, request.getfixturevalue(person)) == "access.role"
    assert not Camera.objects.exists()


def test_a_code_is_used_once(administrator):
    commission(administrator)
    assert code_of(commission, administrator) == "camera.code_taken"
    assert Camera.objects.count() == 1


def test_a_donors_camera_is_video_only(administrator):
    assert code_of(commission, administrator, owner_class="donor") == "camera.donor_video_only"
    assert commission(administrator, owner_class="donor", kind="video").kind == "video"


def test_a_deployment_has_purpose_and_approver(administrator, site, last_record):
    camera = commission(administrator)
    deployment = deploy(camera, site, administrator)
    assert list(Camera.objects.operational(NOON)) == [camera]
    assert (deployment.purpose, deployment.approved_by) == ("Locating stolen vehicles", administrator)
    assert (last_record().action, last_record().clear.reason) == ("camera.deploy", "Locating stolen vehicles")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"purpose": ""}, "camera.purpose_missing"),
        ({"purpose": "ALPR"}, "camera.purpose_missing"),
        ({"approved_by": None}, "camera.approver"),
        ({"starts_at": NOON - HOUR}, "camera.period"),
        ({"starts_at": NOON + HOUR}, "camera.period"),
    ],
)
def test_a_wrong_deployment_is_refused(administrator, site, changes, code):
    camera = commission(administrator)
    assert code_of(deploy, camera, site, administrator, **changes) == code
    assert not Deployment.objects.exists()


def test_an_officer_cannot_approve_a_deployment(administrator, officer, site):
    camera = commission(administrator)
    assert code_of(deploy, camera, site, administrator, approved_by=officer) == "camera.approver"


@pytest.mark.parametrize(
    ("owner", "section"), [("agency", "A.7"), ("city", "A.10-A.11"), ("city_traffic", "A.10-A.11")]
)
def test_before_public_view_is_attested_there_is_no_deployment(administrator, site, owner, section, last_record):
    camera = commission(administrator, owner_class=owner, public_view=False)
    assert code_of(deploy, camera, site, administrator) == "camera.public_view"
    assert section in last_record().citation
    operations.attest_public_view(camera_id=camera.pk, by=make.by(administrator), at=NOON)
    assert last_record().action == "camera.attest"
    assert deploy(camera, site, administrator).pk


def test_a_camera_stands_at_one_place_at_a_time(administrator, site):
    camera = commission(administrator)
    deploy(camera, site, administrator)
    assert code_of(deploy, camera, site, administrator) == "camera.deployed_already"


def test_an_ended_deployment_frees_the_camera_from_that_instant(administrator, site, last_record):
    camera = make.camera()
    operations.end_deployment(camera_id=camera.pk, ends_at=NOON - HOUR, by=make.by(administrator), at=NOON)
    assert last_record().action == "camera.end_deployment"
    assert not Camera.objects.operational(NOON - HOUR).exists()
    assert code_of(deploy, camera, site, administrator, starts_at=NOON - 2 * HOUR) == "camera.deployed_already"
    assert deploy(camera, site, administrator, starts_at=NOON - HOUR).pk


@pytest.mark.parametrize(("ends_at", "code"), [(LONG_AGO, "camera.period"), (NOON + HOUR, "camera.period")])
def test_a_deployment_ends_after_it_began_and_not_in_the_future(administrator, ends_at, code):
    camera = make.camera()
    assert (
        code_of(operations.end_deployment, camera_id=camera.pk, ends_at=ends_at, by=make.by(administrator), at=NOON)
        == code
    )


def test_what_is_not_deployed_has_no_deployment_to_end(administrator):
    camera = make.camera(deployed=False)
    assert (
        code_of(operations.end_deployment, camera_id=camera.pk, ends_at=NOON, by=make.by(administrator), at=NOON)
        == "camera.not_deployed"
    )


def test_a_retired_camera_stands_nowhere_and_takes_nothing_new(administrator, site, last_record):
    camera = make.camera()
    by = make.by(administrator)
    operations.retire_camera(camera_id=camera.pk, reason="Lens broken by vandals", by=by, at=NOON)
    camera.refresh_from_db()
    assert (camera.retired_at, camera.deployments.get().ends_at) == (NOON, NOON)
    assert (last_record().action, last_record().clear.reason) == ("camera.retire", "Lens broken by vandals")
    assert code_of(deploy, camera, site, administrator) == "camera.retired"
    assert code_of(operations.attest_public_view, camera_id=camera.pk, by=by, at=NOON) == "camera.retired"
    assert code_of(operations.issue_device_key, camera_id=camera.pk, name="x", by=by, at=NOON) == "camera.retired"
    assert code_of(operations.retire_camera, camera_id=camera.pk, reason="again", by=by, at=NOON) == "camera.retired"


def test_the_list_tells_the_states(administrator, officer, last_record):
    make.camera("CAM-01")
    make.camera("CAM-02", deployed=False)
    make.camera("CAM-03", retired_at=NOON)
    rows = operations.list_cameras(by=make.by(officer), at=NOON)
    assert [(row.camera.code, row.state) for row in rows] == [
        ("CAM-01", "operational"),
        ("CAM-02", "not deployed"),
        ("CAM-03", "retired"),
    ]
    assert (last_record().action, last_record().result_count) == ("camera.list", 3)
    before = operations.list_cameras(by=make.by(officer), at=NOON - timedelta(microseconds=1))
    assert [row.state for row in before] == ["operational", "not deployed", "operational"]


def test_the_list_costs_the_same_however_many_cameras_there_are(officer, django_assert_max_num_queries):
    for number in range(20):
        make.device_key(make.camera(f"CAM-{number:02}", approver=officer))
    with django_assert_max_num_queries(14):
        operations.list_cameras(by=make.by(officer), at=NOON)


def test_those_without_the_right_do_not_see_cameras(clerk):
    assert code_of(operations.list_cameras, by=make.by(clerk), at=NOON) == "access.role"


def test_keys_are_shown_to_those_who_manage_cameras_only(administrator, officer):
    camera = make.camera()
    make.device_key(camera)
    assert operations.open_camera(code=camera.code, by=make.by(officer), at=NOON).keys == []
    assert len(operations.open_camera(code=camera.code, by=make.by(administrator), at=NOON).keys) == 1
