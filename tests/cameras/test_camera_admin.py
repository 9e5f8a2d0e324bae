"""Administration of cameras: words may be mended with a why; what the law watches is done on the cameras' pages."""

import pytest
from django.contrib.auth.models import Permission
from guardian.shortcuts import get_user_perms

from audit import rules
from audit.models import LedgerEntry
from cameras.models import Camera, Site
from tests import make


@pytest.fixture
def admin(administrator, signed_in):
    return signed_in(administrator)


def test_a_new_site_says_who_and_why_and_is_on_record(admin, administrator):
    site = {"name": "City Hall", "latitude": "38.58", "longitude": "-121.49", "kind": "City Hall"}
    assert admin.post("/admin/cameras/site/add/", site).status_code == 200
    admin.post("/admin/cameras/site/add/", site | {"why": "New place"})
    history = Site.history.get()
    assert (history.history_user, history.history_change_reason) == (administrator, "New place")
    assert LedgerEntry.objects.get().action == "admin.change"


@pytest.mark.parametrize("place", [{"latitude": "91"}, {"longitude": "-181"}, {"latitude": "nan"}])
def test_a_site_lies_on_earth(admin, place):
    site = {"name": "City Hall", "latitude": "38.58", "longitude": "-121.49", "why": "New place"}
    assert admin.post("/admin/cameras/site/add/", site | place).status_code == 200
    assert not Site.objects.exists()


def test_only_words_of_a_camera_are_changed(admin):
    camera = make.camera(public_view=False)
    page = f"/admin/cameras/camera/{camera.pk}/change/"
    assert admin.get(page).status_code == 200
    data = {"name": "Renamed", "authority": "PD", "why": "Clearer name", "public_view": "on", "code": "X"}
    assert admin.post(page, data).status_code == 302
    camera.refresh_from_db()
    assert (camera.name, camera.public_view, camera.code) == ("Renamed", False, "CAM-01")
    assert camera.history.first().history_change_reason == "Clearer name"


def test_history_and_rights_pages_open(admin):
    camera = make.camera()
    for page in ("history", "permissions"):
        assert admin.get(f"/admin/cameras/camera/{camera.pk}/{page}/").status_code == 200


@pytest.mark.parametrize("page", ["camera/add/", "deployment/add/", "camera/{pk}/delete/"])
def test_cameras_are_not_made_moved_or_deleted_here(admin, page):
    camera = make.camera()
    assert admin.get(f"/admin/cameras/{page.format(pk=camera.pk)}").status_code == 403
    assert Camera.objects.count() == 1


def test_deployments_are_seen_with_a_record(admin):
    make.camera()
    assert admin.get("/admin/cameras/deployment/").status_code == 200
    assert LedgerEntry.objects.get().action == "admin.view"


def test_the_librarys_own_keys_have_no_page(admin):
    assert admin.get("/admin/rest_framework_api_key/apikey/").status_code == 404


def test_a_system_administrator_manages_no_cameras(db, signed_in):
    boss = make.user("boss", "system_administrator", is_staff=True, is_superuser=True)
    assert signed_in(boss).get("/admin/cameras/camera/").status_code == 403


def test_nobody_gives_themselves_the_live_picture(admin, administrator):
    page = f"/admin/cameras/camera/{make.camera().pk}/permissions/user-manage/{administrator.pk}/"
    right = Permission.objects.filter(content_type__app_label="cameras", codename="watch_camera").first()
    answer = admin.post(page, {"permissions": right.codename})
    assert answer.status_code == 403
    assert LedgerEntry.objects.get().rule_code == rules.OWN_RIGHTS.code == "people.own_rights"
    assert not get_user_perms(administrator, Camera.objects.get()).exists()
