"""Doors of the approval of wide searches (D.1.c): what waits, the decision, and running what was approved."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from audit import policy
from audit.asker import from_request
from audit.refusals import Refused
from detections.models import SearchApproval
from detections.rules.searches import in_words
from detections.search_views import slow_page
from detections.searching import present
from detections.searching.approval import NothingToDecide, decide, list_waiting
from detections.searching.run import ApprovalNotFound, run_approved
from detections.searching.time_limit import SearchTooSlow


@never_cache
@login_required
@require_GET
def approvals(request: HttpRequest) -> HttpResponse:
    """The wide searches that wait for a sergeant or ALPR administrator."""
    return _inbox(request)


@never_cache
@login_required
@require_POST
def decide_approval(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Approve or deny one, in words."""
    decision, words = request.POST.get("decision", ""), request.POST.get("words", "").strip()
    if decision not in SearchApproval.Decision.values or len(words) > 500:
        unfit = "Use at most 500 characters." if len(words) > 500 else "Choose to approve or to deny."
        return _inbox(request, status=422, unfit=unfit, about=approval_id, words=words)
    try:
        done = decide(
            by=from_request(request), at=timezone.now(), approval_id=approval_id, decision=decision, words=words
        )
    except NothingToDecide as error:
        raise Http404 from error
    except Refused as refused:
        context = {"refusal": refused.refusal, "record_index": refused.record_index, "about": approval_id}
        return _inbox(request, status=403, words=words, **context)
    said = "Approved. Its asker can run it once." if done.good_until else "Denied. Its asker is told, with your words."
    messages.success(request, said)
    return redirect("detections:search_approvals")


@never_cache
@login_required
@require_POST
def run_approval(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Run one's own wide search as it was approved."""
    try:
        found = run_approved(by=from_request(request), at=timezone.now(), approval_id=approval_id)
    except ApprovalNotFound as error:
        raise Http404 from error
    except SearchTooSlow:
        return slow_page(request)
    return redirect("detections:search_page", found.pk)


def _inbox(request: HttpRequest, *, status: int = 200, **context: object) -> HttpResponse:
    at = timezone.now()
    waiting = list_waiting(by=from_request(request), at=at)
    profile = policy.in_force(at)
    rows = [present.waiting_row(approval, profile) for approval in waiting.approvals]
    context |= {
        "rows": rows,
        "points": [],
        "look_index": waiting.record_index,
        "clause": profile["search.wide.known_characters"].citation,
        "good_for_words": in_words(profile["search.wide.approved_for"].value),
    }
    return render(request, "detections/search_approvals.html", context, status=status)
