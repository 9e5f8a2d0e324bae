"""The door of a decision shown again."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit import asker
from audit.models import LedgerEntry
from audit.policies.replay import replay


@require_safe
@login_required
@never_cache
def decision(request: HttpRequest, index: int) -> HttpResponse:
    """A record's decision under the policy then in force, and under today's."""
    try:
        shown = replay(index=index, by=asker.from_request(request), at=timezone.now())
    except LedgerEntry.DoesNotExist:
        raise Http404 from None
    return render(request, "audit/policy_decision.html", {"shown": shown, "entry": shown.entry})
