"""The page of notices and the count in the header. Neither shows plate data, so neither is a recorded look."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from audit import notices
from audit.asker import from_request
from audit.models import Notice


@require_safe
@login_required
@never_cache
def notice_list(request: HttpRequest) -> HttpResponse:
    """What the person has been told: the unseen, urgent ones first, and the last two weeks."""
    now = timezone.now()
    fresh, past = notices.list_notices(from_request(request).member, now)
    return render(request, "audit/notices.html", {"fresh": fresh, "past": past, "shown_at": now})


@require_safe
@login_required
@never_cache
def bell(request: HttpRequest) -> HttpResponse:
    """The link with its count, for the header's own refresh; without the context of a whole page."""
    return render(None, "audit/_bell.html", {"unseen_notices": notices.unseen(from_request(request).member)})


@require_POST
@login_required
def notice_open(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """Mark one as seen and go where it leads."""
    try:
        path = notices.open_notice(from_request(request).member, timezone.now(), notice_id=notice_id)
    except Notice.DoesNotExist as error:
        raise Http404 from error
    return HttpResponseRedirect(path)


@require_POST
@login_required
def notices_seen(request: HttpRequest) -> HttpResponse:
    """Mark all as seen that were on the page when it was shown."""
    notices.mark_seen(from_request(request).member, timezone.now(), up_to=_instant(request.POST.get("up_to", "")))
    return redirect("audit:notices")


def _instant(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and timezone.is_aware(found) else None
