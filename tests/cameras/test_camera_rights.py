"""Rights on one camera, in administration: on record with before and after; none for oneself, none unrecorded."""

import json

import pytest
from django.contrib.auth.models import Group
from django.db import connections
from guardian.shortcuts import get_group_perms, get_user_perms

from audit import rules
from audit.models import LedgerEntry
from tests import make

RIGHT = {"permissions": "watch_camera"}


@pytest.fixture
def admin(administrator, signed_in):
    return signed_in(administrator)


def newest():
    return LedgerEntry.objects.order_by("-index").first()


def rights_page(of, folder, receiver):
    return f"/admin/cameras/camera/{of.pk}/permissions/{folder}-manage/{receiver.pk}/"


def test_rights_are_recorded_with_whose_before_and_after(admin, officer):
    camera = make.camera()
    page = rights_page(camera, "user", officer)
    admin.post(page, RIGHT)
    recorded = json.loads(newest().clear.detail)
    assert (recorded["person"], recorded["rights"]) == ("officer", [[], ["watch_camera"]])
    assert list(get_user_perms(officer, camera)) == ["watch_camera"]
    admin.post(page, {"csrfmiddlewaretoken": "x"})
    assert json.loads(newest().clear.detail)["rights"] == [["watch_camera"], []]


def test_nobody_gives_a_right_to_a_group_of_theirs(admin, administrator, officer):
    camera = make.camera()
    crew, others = Group.objects.create(name="crew"), Group.objects.create(name="others")
    crew.user_set.add(administrator)
    others.user_set.add(officer)
    assert admin.post(rights_page(camera, "group", crew), RIGHT).status_code == 403
    assert newest().rule_code == rules.OWN_RIGHTS.code
    assert admin.post(rights_page(camera, "group", others), RIGHT).status_code == 302
    assert json.loads(newest().clear.detail)["group"] == "others"
    assert list(get_group_perms(others, camera)) == ["watch_camera"]


def test_without_a_record_no_right_is_given(transactional_db, administrator, officer, signed_in):
    camera, admin = make.camera(), signed_in(administrator)
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(1798905, 52)")
        answer = admin.post(rights_page(camera, "user", officer), RIGHT)
    other.close()
    assert answer.status_code == 503
    assert not get_user_perms(officer, camera).exists()
