"""The pages of the hit desk: the list, its live line, and taking a hit without leaving it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from audit.asker import from_request
from audit.ledger import LedgerUnavailable
from audit.refusals import Refused
from detections.desk_filter import DeskFilter
from detections.hits import desk, steps, watching
from detections.live.feed import TooManyDesks
from detections.live.telling import card_of
from detections.models import Hit
from hotlists.models import HotPlate

_MOST_DIGITS = 18  # of a number that PostgreSQL holds


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
    """The desk's list alone, for a page that looks again: a recorded look as well."""
    return render(request, "detections/_hits.html", _desk_context(request))


@login_required
@never_cache
@require_GET
def hit_stream(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events with the cards of hits; 503 where this process has no place left (the page then polls)."""
    given = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    after = int(given) if given.isascii() and given.isdigit() and len(given) <= _MOST_DIGITS else 0
    by, session_key = from_request(request), request.session.session_key
    try:
        line = watching.open_line(by=by, session_key=session_key, after=after, at=timezone.now())
    except TooManyDesks:
        full = "Too many live desks here.\n"
        return HttpResponse(full, status=503, content_type="text/plain", headers={"Retry-After": "30"})
    return StreamingHttpResponse(line, content_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@login_required
@never_cache
@require_POST
def take_at_desk(request: HttpRequest, hit_id: UUID) -> JsonResponse:
    """Take a hit from its card: the new card, or in words who has it (403)."""
    now = timezone.now()
    try:
        hit = steps.take_hit(hit_id=hit_id, by=from_request(request), at=now)
    except Hit.DoesNotExist as error:
        raise Http404 from error
    except Refused as refused:
        words = {"words": refused.refusal.reason, "next": refused.refusal.next_step}
        return JsonResponse(words | {"code": refused.refusal.code, "record": refused.record_index}, status=403)
    except LedgerUnavailable:
        why = "The record of this act cannot be written, so nothing was done."
        return JsonResponse({"words": why, "next": "Try again in a minute."}, status=503)
    return JsonResponse({"id": str(hit.pk), "html": card_of(hit, now)})


def _desk_context(request: HttpRequest) -> dict[str, Any]:
    asked = DeskFilter(request.GET).asked()
    found = desk.list_hits(by=from_request(request), at=timezone.now(), **asked)
    me, shown = request.user.pk or 0, asked.get("show", "open")
    others = {name: value for name, value in asked.items() if name != "show"}
    numbers = found.counts.by_tab(me)
    tabs = [(name, words, urlencode({"show": name} | others), numbers.get(name)) for name, words in desk.SHOWN.items()]
    return {
        "desk": found,
        "shown": shown,
        "asked": asked,
        "others": others,
        "query": urlencode({"show": shown} | others),
        "tabs": tabs,
        "categories": HotPlate.Category.choices,
        "now": timezone.now(),
        "me": me,
        "looks_only": bool(getattr(request.user, "organisation", "")),
    }
