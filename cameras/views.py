"""Pages of cameras. Each resolves its input, makes one call, answers."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import asker, gate
from audit.abilities import Ability, abilities_of
from audit.refusals import Refused
from cameras import operations
from cameras.forms import CommissionForm, DeployForm, EndForm, KeyForm, RetireForm
from cameras.models import Camera

READS, PHOTOS = "/api/v1/reads/", "/api/v1/reads/photo/"


@require_safe
@login_required
@never_cache
def camera_list(request: HttpRequest) -> HttpResponse:
    """All cameras: a table beside the map, and how many there are in each state."""
    by, at = asker.from_request(request), timezone.now()
    rows = operations.list_cameras(by=by, at=at)
    states = [row.state for row in rows]
    context = {
        "rows": rows,
        "counts": [(state, states.count(state)) for state in ("operational", "not deployed", "retired")],
        "points": [_point(number, row) for number, row in enumerate(rows, start=1) if row.deployment],
        "may_manage": by.user is not None and Ability.MANAGE_CAMERAS in abilities_of(by.user, at),
    }
    return render(request, "cameras/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def commission(request: HttpRequest) -> HttpResponse:
    """Take a camera into service."""
    by, at = asker.from_request(request), timezone.now()
    if request.method != "POST":
        gate.admit(by, Ability.MANAGE_CAMERAS, at=at)
    form = CommissionForm(request.POST or None)
    refused = None
    if form.is_valid():
        try:
            camera = operations.commission_camera(by=by, at=at, **form.cleaned_data)
        except Refused as error:
            refused = error
        else:
            messages.success(request, f"Camera {camera.code} is in service. Deploy it next.")
            return redirect("cameras:camera", camera.code)
    return _page(request, "cameras/commission.html", {"form": form}, refused)


@require_safe
@login_required
@never_cache
def camera(request: HttpRequest, code: str) -> HttpResponse:
    """One camera: where it stands and stood, its keys, its history, and what can be done with it."""
    return _camera_page(request, code)


@require_POST
@login_required
@never_cache
def attest(request: HttpRequest, code: str) -> HttpResponse:
    """Attest that it looks at public view only (A.7, A.10-A.11)."""
    return _change(request, code, "attest_form", Form(request.POST), operations.attest_public_view, "Attested.")


@require_POST
@login_required
@never_cache
def deploy(request: HttpRequest, code: str) -> HttpResponse:
    """Put it at a site."""
    form = DeployForm(request.POST, at=timezone.now())
    return _change(request, code, "deploy_form", form, operations.deploy_camera, "Deployed.")


@require_POST
@login_required
@never_cache
def end(request: HttpRequest, code: str) -> HttpResponse:
    """End its deployment."""
    form = EndForm(request.POST, at=timezone.now())
    return _change(request, code, "end_form", form, operations.end_deployment, "The deployment has ended.")


@require_POST
@login_required
@never_cache
def retire(request: HttpRequest, code: str) -> HttpResponse:
    """Take it out of service for good."""
    words = "Retired. Its keys are dead from now on."
    return _change(request, code, "retire_form", RetireForm(request.POST), operations.retire_camera, words)


@require_POST
@login_required
@never_cache
def issue_key(request: HttpRequest, code: str) -> HttpResponse:
    """Issue a key and show its clear text in this one answer: it is not kept in session, address or database."""
    by, at = asker.from_request(request), timezone.now()
    found, form = get_object_or_404(Camera, code=code), KeyForm(request.POST)
    if not form.is_valid():
        return _camera_page(request, code, forms={"key_form": form})
    name, life = form.cleaned_data["name"], form.cleaned_data["life"]
    try:
        key, clear = operations.issue_device_key(
            camera_id=found.pk, name=name, expires_at=at + life if life else None, by=by, at=at
        )
    except Refused as error:
        return _camera_page(request, code, error, {"key_form": form})
    addresses = {"reads": request.build_absolute_uri(READS), "photos": request.build_absolute_uri(PHOTOS)}
    example_at = timezone.localtime(at).isoformat(timespec="seconds")
    context = {"camera": found, "key": key, "clear": clear, "example_at": example_at, **addresses}
    return render(request, "cameras/key_issued.html", context)


@require_POST
@login_required
@never_cache
def revoke_key(request: HttpRequest, code: str, prefix: str) -> HttpResponse:
    """Kill a key at once."""
    get_object_or_404(Camera, code=code, keys__prefix=prefix)
    try:
        operations.revoke_device_key(prefix=prefix, by=asker.from_request(request), at=timezone.now())
    except Refused as error:
        return _camera_page(request, code, error)
    messages.success(request, f"Key {prefix} is revoked. The next request with it is refused.")
    return redirect("cameras:camera", code)


def _change(
    request: HttpRequest, code: str, name: str, form: Form, verb: Callable[..., Any], words: str
) -> HttpResponse:
    """Run one verb on a camera from a form of its page, and go back to the page."""
    found = get_object_or_404(Camera, code=code)
    if not form.is_valid():
        return _camera_page(request, code, forms={name: form})
    try:
        verb(camera_id=found.pk, by=asker.from_request(request), at=timezone.now(), **form.cleaned_data)
    except Refused as error:
        return _camera_page(request, code, error, {name: form})
    messages.success(request, words)
    return redirect("cameras:camera", code)


def _camera_page(
    request: HttpRequest, code: str, refused: Refused | None = None, forms: Mapping[str, Form] | None = None
) -> HttpResponse:
    at = timezone.now()
    try:
        opened = operations.open_camera(code=code, by=asker.from_request(request), at=at)
    except Camera.DoesNotExist:
        raise Http404 from None
    context: dict[str, Any] = {
        "opened": opened,
        "deploy_form": DeployForm(at=at),
        "end_form": EndForm(at=at),
        "retire_form": RetireForm(),
        "key_form": KeyForm(),
    }
    return _page(request, "cameras/camera.html", context | dict(forms or {}), refused)


def _page(request: HttpRequest, template: str, context: dict[str, Any], refused: Refused | None) -> HttpResponse:
    if refused is None:
        return render(request, template, context)
    context |= {"refusal": refused.refusal, "record_index": refused.record_index}
    return render(request, template, context, status=403)


def _point(number: int, row: operations.CameraRow) -> dict[str, Any]:
    site = row.deployment.site if row.deployment else None
    assert site is not None  # noqa: S101 - only deployed cameras have a point
    return {
        "lat": site.latitude,
        "lon": site.longitude,
        "number": number,
        "label": str(row.camera),
        "note": site.name,
        "url": reverse("cameras:camera", args=[row.camera.code]),
    }
