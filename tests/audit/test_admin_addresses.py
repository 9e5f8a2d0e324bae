"""No address of administration is a fault of ours, whatever stands in it."""

import pytest
from django.contrib import admin

from tests import make

BAD = ("%00", "x", "-1", "1e9", str(2**63), "_00")
WORDS = ("q", "p", "o", "id__exact", "pk__in")
VERBS = ("change/", "delete/", "history/", "history/1/", "password/")
KNOWN = (
    "hotlists/hotplate/?plate=%00",
    "hotlists/hotplate/?category__exact=%00",
    "hotlists/hotplate/?hot_list__kind__exact=%00",
    "hotlists/hotplate/?hot_list__kind__exact=x&p=-1",
    "mfa/authenticator/?data=%00",
    "mfa/authenticator/?q=%00",
    "autocomplete/?app_label=audit&model_name=certificate&field_name=user&term=%00",
    "autocomplete/?app_label=audit&model_name=certificate&field_name=user&term=x&page=-1",
    "audit/user/x/history/",
    "hotlists/hotlist/x/permissions/",
    "hotlists/hotlist/1/permissions/user-manage/x/",
    "cameras/camera/x/permissions/user-manage/1e9/",
    "audit/certificate/add/?user=x",
    "audit/rolegrant/add/?user=-1",
    "audit/employment/?starts_at__year=-1",
    "audit/employment/?starts_at__gte=x",
    "r/x/x/",
    f"r/1/{2**63}/",
)


@pytest.fixture
def everything(transactional_db, signed_in):
    """Someone who may open every page; a fault of the database must not spoil a test's transaction."""
    roles = ("alpr_administrator", "system_administrator", "auditor")
    return signed_in(make.user("everything", *roles, is_staff=True, is_superuser=True))


def lists():
    return [(model, f"/admin/{model._meta.app_label}/{model._meta.model_name}/") for model in admin.site._registry]


@pytest.mark.slow
def test_no_address_of_administration_is_a_fault(everything):
    plate, camera = make.hot_plate(), make.camera()
    pages = [f"/admin/{page}" for page in KNOWN]
    for model, page in lists():
        names = [field.name for field in model._meta.fields]
        pages += [f"{page}?{name}={bad}" for name in (*WORDS, *names) for bad in (BAD if name in WORDS else BAD[:1])]
        pages += [f"{page}add/?{name}={bad}" for name in names for bad in BAD[1:2]]
        pages += [f"{page}{bad}/{verb}" for verb in VERBS for bad in BAD]
    for folder, pk in (("hotlists/hotlist", plate.hot_list_id), ("cameras/camera", camera.pk)):
        for bad in BAD:
            rights = ("", f"user-manage/{bad}/", f"group-manage/{bad}/")
            pages += [f"/admin/{folder}/{thing}/permissions/{right}" for right in rights for thing in (pk, bad)]
            pages.append(f"/admin/{folder}/{pk}/history/{bad}/")
    everything.raise_request_exception = False
    faults = [page for page in dict.fromkeys(pages) if everything.get(page).status_code >= 500]
    assert faults == []
    posts = [f"/admin/{page}" for page in KNOWN if "permissions" in page]
    assert [page for page in posts if everything.post(page, {"permissions": "see_hits"}).status_code >= 500] == []


def test_a_nul_is_a_bad_request(everything):
    for page in ("/admin/hotlists/hotplate/?plate=%00", "/admin/audit/user/%00/change/", "/admin/audit/user/?%00=1"):
        assert everything.get(page).status_code == 400


def test_only_what_a_page_offers_is_completed(everything):
    """A hot plate's field elsewhere would list plates without a record."""
    make.hot_plate()
    asked = {"app_label": "detections", "model_name": "hit", "field_name": "hot_plate", "term": "26-123456"}
    assert everything.get("/admin/autocomplete/", asked).status_code == 403
    asked = {"app_label": "audit", "model_name": "certificate", "field_name": "user", "term": "every"}
    assert len(everything.get("/admin/autocomplete/", asked).json()["results"]) == 1
