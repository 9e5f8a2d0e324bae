"""Doors of uploads for people: hand in, follow, stop, read the account, fetch the rejected rows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit.asker import from_request
from audit.refusals import Refused
from detections.uploads import looks, receive, report
from detections.uploads.forms import UploadForm
from detections.uploads.hand_in import may_hand_in, refuse_sender, start_upload
from detections.uploads.head import Unfit

RULE = {"times": report.GAP_TIMES, "minutes": int(report.GAP_LEAST.total_seconds() // 60)}


@csrf_exempt  # checked in _hand_in, once it is settled where the file goes: the check reads the whole form
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def uploads(request: HttpRequest) -> HttpResponse:
    """The form and the latest files; POST hands one in."""
    by, at = from_request(request), timezone.now()
    if request.method != "POST":
        return _page(request, UploadForm(), at)
    if not may_hand_in(by, at):
        refuse_sender(by=by, at=at)
    if receive.is_too_large(request):
        return _without_file(request, at, receive.TOO_LARGE, 413)
    receiver = receive.receiver_for(request)
    try:
        return _hand_in(request, receiver, at)
    finally:
        receiver.close()


@csrf_protect
def _hand_in(request: HttpRequest, receiver: receive.Receiver, at: datetime) -> HttpResponse:
    if receive.broke_off(request, receiver):
        return _without_file(request, at, receive.BROKE_OFF, 400)
    if receiver.too_large:
        return _without_file(request, at, receive.TOO_LARGE, 413)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _unfit(request, form, at)
    try:
        upload = start_upload(
            by=from_request(request),
            at=at,
            received=form.cleaned_data["file"].as_received(),
            layout=form.cleaned_data["layout"],
            camera=form.cleaned_data["camera"],
        )
    except Unfit as unfit:
        form.add_error("camera" if unfit.code == "file.camera" else "file", unfit.reason)
        return _unfit(request, form, at)
    except Refused as refused:
        if _wants_json(request):
            return JsonResponse(refused.as_dict(), status=403)
        facts = {"refusal": refused.refusal, "record_index": refused.record_index}
        return _page(request, form, at, status=403, **facts)
    address = reverse("detections:upload", args=[upload.pk])
    return JsonResponse({"url": address}, status=201) if _wants_json(request) else redirect(address)


@never_cache
@login_required
@require_GET
def upload(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """How far a file is, and its account."""
    try:
        opened = looks.open_upload(by=from_request(request), at=timezone.now(), upload_id=upload_id)
    except looks.NoUpload as error:
        raise Http404 from error
    return render(request, "detections/upload.html", {"opened": opened, "upload": opened.upload, "rule": RULE})


@never_cache
@login_required
@require_GET
def upload_progress(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """How far a file is, for the page that shows it; when it has ended, the page is to be fetched anew."""
    try:
        found = looks.progress(by=from_request(request), at=timezone.now(), upload_id=upload_id)
    except looks.NoUpload as error:
        raise Http404 from error
    response = render(request, "detections/_upload_progress.html", {"upload": found})
    if not found.is_open:
        response["HX-Refresh"] = "true"
    return response


@login_required
@require_POST
def stop(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Take no more of a file in."""
    try:
        stopped = looks.stop_upload(by=from_request(request), at=timezone.now(), upload_id=upload_id)
    except looks.NoUpload as error:
        raise Http404 from error
    messages.success(request, f"Stopped. The {stopped.recorded:,} reads that were taken in stay.")
    return redirect("detections:upload", stopped.pk)


@never_cache
@login_required
@require_GET
def rejected(request: HttpRequest, upload_id: UUID) -> StreamingHttpResponse:
    """The rejected rows as CSV, to be saved."""
    try:
        rows = looks.rejected_rows(by=from_request(request), at=timezone.now(), upload_id=upload_id)
    except looks.NoUpload as error:
        raise Http404 from error
    headers = {
        "Content-Disposition": f'attachment; filename="rejected-{upload_id.hex[-8:]}.csv"',
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8", headers=headers)


def _page(request: HttpRequest, form: UploadForm, at: datetime, *, status: int = 200, **facts: Any) -> HttpResponse:
    listed = looks.list_uploads(by=from_request(request), at=at)
    return render(request, "detections/upload_list.html", {"form": form, "uploads": listed} | facts, status=status)


def _unfit(request: HttpRequest, form: UploadForm, at: datetime, status: int = 422) -> HttpResponse:
    if _wants_json(request):
        reasons = [str(reason) for reasons in form.errors.values() for reason in reasons]
        return JsonResponse({"code": "file.unfit", "reason": " ".join(reasons)}, status=status)
    return _page(request, form, at, status=status)


def _without_file(request: HttpRequest, at: datetime, reason: str, status: int) -> HttpResponse:
    form = UploadForm({}, {})
    form.is_valid()
    form.errors.clear()
    form.add_error("file", reason)
    return _unfit(request, form, at, status=status)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
