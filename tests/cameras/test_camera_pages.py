"""The pages of cameras: what they offer to whom, and the key that is shown exactly once."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from audit.models import LedgerEntry
from cameras.devices import authenticate
from cameras.models import Camera, DeviceKey
from tests import make

LIST = "/cameras/"
NEW = "/cameras/commission/new/"
PAGE = "/cameras/CAM-01/"


@pytest.fixture
def camera(db) -> Camera:
    return make.camera()


@pytest.fixture
def manager(administrator, signed_in) -> Client:
    return signed_in(administrator)


def test_nobody_unknown_sees_a_page(camera):
    for address in (LIST, NEW, PAGE):
        assert Client().get(address).status_code == 302


def test_the_list_has_a_table_and_the_points_of_the_map(camera, manager):
    make.camera("CAM-02", deployed=False)
    html = manager.get(LIST).content.decode()
    assert "1 operational · 1 not deployed · 0 retired" in html
    assert "cameras-points" in html
    assert "38.58" in html


def test_without_cameras_the_list_says_what_to_do_first(manager):
    assert "Commission the first one" in manager.get(LIST).content.decode()


def test_an_officer_is_offered_no_change(camera, officer, signed_in):
    make.device_key(camera)
    client = signed_in(officer)
    assert "Commission" not in client.get(LIST).content.decode()
    html = client.get(PAGE).content.decode()
    assert "Device keys" not in html
    assert "Retire" not in html
    assert client.get(NEW).status_code == 403


def test_commissioning_by_form(manager):
    typed = {"code": "CAM-07", "name": "J Street", "owner_class": "donor", "kind": "fixed", "authority": "A shop"}
    refused = manager.post(NEW, typed)
    assert (refused.status_code, "camera.donor_video_only" in refused.content.decode()) == (403, True)
    answer = manager.post(NEW, typed | {"owner_class": "agency"}, follow=True)
    assert answer.redirect_chain == [("/cameras/CAM-07/", 302)]
    assert "Nobody has attested" in answer.content.decode()


@pytest.mark.parametrize("bearing", ["360", "-1", "x", "9" * 5000])
def test_a_bearing_lies_in_the_circle(manager, bearing):
    typed = {"code": "CAM-07", "name": "J", "owner_class": "agency", "kind": "fixed", "authority": "PD"}
    assert manager.post(NEW, typed | {"bearing": bearing}).status_code == 200
    assert not Camera.objects.exists()


def test_the_whole_life_of_a_camera_by_its_page(manager, administrator, site):
    make.camera(deployed=False, public_view=False)
    deployment = {"site": site.pk, "purpose": "Locating stolen vehicles", "approved_by": administrator.pk}
    refused = manager.post(f"{PAGE}deploy/", deployment)
    assert (refused.status_code, "camera.public_view" in refused.content.decode()) == (403, True)
    for step, data in [("attest", {}), ("deploy", deployment), ("end", {}), ("retire", {"reason": "Lens broken"})]:
        assert manager.post(f"{PAGE}{step}/", data).status_code == 302
    html = manager.get(PAGE).content.decode()
    for words in ("retired", "J Street at 9th", "Attested public view only", "Retired: Lens broken"):
        assert words in html
    acts = LedgerEntry.objects.filter(outcome="allowed").values_list("action", flat=True)
    assert {"camera.attest", "camera.deploy", "camera.end_deployment", "camera.retire"} <= set(acts)


def test_the_key_is_shown_exactly_once_and_never_kept(camera, manager):
    shown = manager.post(f"{PAGE}keys/", {"name": "roof box", "life": "90"})
    assert shown.status_code == 200
    assert "no-store" in shown["Cache-Control"]
    clear = re.search(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}", shown.content.decode())[0]
    assert authenticate(f"Bearer {clear}", timezone.now())
    assert f"Authorization: Bearer {clear}" in shown.content.decode().replace("&quot;", '"')
    assert "/api/v1/reads/" in shown.content.decode()
    page = manager.get(PAGE).content.decode()
    assert clear[:8] in page
    assert clear[9:] not in page
    assert clear[9:] not in str([session.get_decoded() for session in Session.objects.all()])
    assert clear[9:] not in str(dict(manager.cookies))


def test_a_key_is_not_issued_by_a_get(camera, manager):
    assert manager.get(f"{PAGE}keys/").status_code == 405
    assert not DeviceKey.objects.exists()


def test_revoking_by_its_page(camera, manager):
    clear = make.device_key(camera)
    other = make.camera("CAM-02")
    assert manager.post(f"/cameras/{other.code}/keys/{clear[:8]}/revoke/").status_code == 404
    assert manager.post(f"{PAGE}keys/{clear[:8]}/revoke/").status_code == 302
    assert authenticate(f"Bearer {clear}", timezone.now()) is None
    again = manager.post(f"{PAGE}keys/{clear[:8]}/revoke/")
    assert (again.status_code, "camera.key_revoked" in again.content.decode()) == (403, True)


def test_a_donors_page_offers_no_key(manager):
    make.camera("DONOR-1", owner_class="donor", kind="video")
    assert 'action="/cameras/DONOR-1/keys/"' not in manager.get("/cameras/DONOR-1/").content.decode()
    refused = manager.post("/cameras/DONOR-1/keys/", {"name": "x"})
    assert (refused.status_code, "camera.donor_key" in refused.content.decode()) == (403, True)


def test_an_unknown_camera_is_not_found(manager):
    for step in ("", "retire/", "keys/"):
        call = manager.post if step else manager.get
        assert call(f"/cameras/NONE/{step}", {"reason": "x", "name": "x"}).status_code == 404
