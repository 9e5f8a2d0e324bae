"""Doors of purges."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from audit import policy
from audit.asker import from_request
from detections.retention import approvals
from detections.retention.forms import ApprovalForm
from detections.rules.retention import APPROVAL_MISSING
from detections.rules.searches import in_words


@never_cache
@login_required
@require_GET
def purges(request: HttpRequest) -> HttpResponse:
    """Certificates, and what the next run would do."""
    shown = approvals.overview(by=from_request(request), at=timezone.now())
    context = {
        "shown": shown,
        "form": ApprovalForm(wanted=shown.missing or shown.profile.get("purge.approvals", [])),
        "cap": approvals.COUNT_CAP,
        "refusal": _as_forecast(shown),
        "ceiling": in_words(shown.terms.ceiling) or "not decided",
        "floor": in_words(shown.terms.floor) or "none",
    }
    return render(request, "detections/purge_list.html", context)


@login_required
@require_POST
def approve_purges(request: HttpRequest) -> HttpResponse:
    """Approve the purges of the next days."""
    at = timezone.now()
    form = ApprovalForm(request.POST, wanted=policy.in_force(at).get("purge.approvals", []))
    if not form.is_valid():
        messages.error(request, "Choose whose approval this is.")
        return redirect("detections:purges")
    given = approvals.approve(by=from_request(request), at=at, **form.cleaned_data)
    messages.success(request, f"Approved until {timezone.localtime(given.valid_until):%b %-d, %Y}.")
    return redirect("detections:purges")


def _as_forecast(shown: approvals.Overview) -> dict[str, object] | None:
    """The refusal that the next run would meet, in words of what is to come; None when it may run."""
    refusal = shown.refusal
    if refusal is None:
        return None
    approvable = shown.may_approve and refusal.rule == APPROVAL_MISSING
    return {
        "title": "The next run would destroy nothing",
        "reason": refusal.reason,
        "citation": refusal.citation,
        "code": refusal.code,
        "next_step": "Approve the next runs below." if approvable else refusal.next_step,
    }
