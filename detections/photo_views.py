"""Photographs: the picture itself, the queue of those nobody has read, and the page where a person reads one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from audit.asker import from_request
from audit.refusals import Refused
from detections import photos, transcription
from detections.hit_forms import TranscribeForm
from detections.models import Photo
from detections.reader_state import reader_state


@login_required
@require_GET
def photo(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """The cleaned picture, with its own record; ``?t=`` carries the purpose, ``?size=small`` asks for 320 pixels."""
    try:
        picture = photos.open_photo(
            photo_id=photo_id,
            token=request.GET.get("t", ""),
            small=request.GET.get("size") == "small",
            by=from_request(request),
            at=timezone.now(),
        )
    except photos.PhotoGone as error:
        raise Http404 from error
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HttpResponse(picture, content_type="image/jpeg", headers=headers)


@login_required
@never_cache
@require_GET
def unread_photos(request: HttpRequest) -> HttpResponse:
    """Photographs that need a person, and those still with the machine."""
    queue = photos.list_unread(by=from_request(request), at=timezone.now())
    return render(request, "detections/photo_unread.html", {"queue": queue, "reader": reader_state()})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def transcribe(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """One photograph, large, with the machine's guesses and the form for the person's reading."""
    by, now = from_request(request), timezone.now()
    try:
        sheet = transcription.open_for_reading(photo_id=photo_id, by=by, at=now)
    except Photo.DoesNotExist as error:
        raise Http404 from error
    form = TranscribeForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"sheet": sheet, "photo": sheet.photo, "form": form}
    if request.method != "POST":
        return render(request, "detections/photo_transcribe.html", context)
    if not form.is_valid():
        return render(request, "detections/photo_transcribe.html", context, status=422)
    given = form.cleaned_data
    try:
        done = transcription.transcribe_photo(
            photo_id=photo_id,
            plate=given["plate"],
            state=given["state"],
            by=by,
            at=now,
        )
    except Refused as refused:
        context |= {"refusal": refused.refusal, "refusal_index": refused.record_index}
        return render(request, "detections/photo_transcribe.html", context, status=403)
    messages.success(request, _said(done))
    return redirect("detections:unread_photos")


def _said(done: transcription.Transcription) -> str:
    if done.read is None:
        return "Noted: there is no plate in the picture."
    if done.hits:
        return "Your reading is on record. It made a hit, which is on the desk."
    return "Your reading is on record. It matches no hot plate."
