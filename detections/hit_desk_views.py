"""The pages of the hit desk: the list and its live line."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from audit.asker import from_request
from detections import hit_forms
from detections.hits import desk, watching
from detections.stream import Line, TooManyStreams


@login_required
@never_cache
@require_GET
def hit_desk(request: HttpRequest) -> HttpResponse:
    """The desk; each opening is a recorded look."""
    return render(request, "detections/hit_desk.html", _desk_context(request))


@login_required
@never_cache
@require_GET
def hit_list(request: HttpRequest) -> HttpResponse:
    """The desk's list alone, for its live refresh: a recorded look as well."""
    return render(request, "detections/_hits.html", _desk_context(request))


@login_required
@never_cache
@require_GET
def hit_stream(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events without plate data; 503 where this process has no place left (the page then polls)."""
    by = from_request(request)
    granted = watching.admit_watcher(by=by, at=timezone.now())
    after = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    session_key, user_id = request.session.session_key, request.user.pk or 0
    try:
        line = Line(
            granted,
            after=int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0,
            allowed=lambda: watching.may_go_on(session_key=session_key, user_id=user_id, at=timezone.now()),
        )
    except TooManyStreams:
        full = "Too many live desks here.\n"
        return HttpResponse(full, status=503, content_type="text/plain", headers={"Retry-After": "30"})
    headers = {"X-Accel-Buffering": "no"}
    return StreamingHttpResponse(line, content_type="text/event-stream", headers=headers)


def _desk_context(request: HttpRequest) -> dict[str, Any]:
    filters = hit_forms.DeskFilter(request.GET).filters()
    found = desk.list_hits(by=from_request(request), at=timezone.now(), **filters)
    shown = filters.get("show", "open") if filters.get("show", "open") in desk.SHOWN else "open"
    return {
        "desk": found,
        "shown": shown,
        "camera": filters.get("camera", ""),
        "tabs": [(name, words, found.counts[name]) for name, words in desk.SHOWN.items()],
        "now": timezone.now(),
        "me": request.user.pk,
    }
