"""Doors of holds."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit.asker import from_request
from audit.refusals import Refused
from detections.models import Hold
from detections.retention import holds as verbs
from detections.retention.forms import HoldForm, LiftRequestForm, in_half_a_year, read_ids


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def place_hold(request: HttpRequest) -> HttpResponse:
    """From the ticked reads of a search to a hold: the form first, then the hold. A bare GET leads to the search."""
    if request.method == "GET":
        return redirect("detections:search")
    at = timezone.now()
    ids = read_ids(request.POST.getlist("read"))
    if "review_on" not in request.POST:
        first = {"review_on": in_half_a_year(timezone.localdate(at)), "kind": "evidence", "proceeding": "criminal"}
        form = HoldForm(initial=first | {"case_number": request.POST.get("from_case", "")[:20]})
        return render(request, "detections/hold_place.html", {"form": form, "ids": ids})
    form = HoldForm(request.POST)
    if not form.is_valid():
        return render(request, "detections/hold_place.html", {"form": form, "ids": ids}, status=422)
    try:
        verbs.place_hold(by=from_request(request), at=at, read_ids=ids, terms=form.terms())
    except Refused as refused:
        context = {"form": form, "ids": ids, "refusal": refused.refusal, "record_index": refused.record_index}
        return render(request, "detections/hold_place.html", context, status=403)
    messages.success(request, "Held. These reads stay until two people lift the hold.")
    return redirect("detections:holds")


@never_cache
@login_required
@require_GET
def holds(request: HttpRequest) -> HttpResponse:
    """Holds in force and those lifted lately."""
    at = timezone.now()
    listed = verbs.list_holds(by=from_request(request), at=at)
    context = {"holds": listed, "form": LiftRequestForm(), "today": timezone.localdate(at)}
    return render(request, "detections/hold_list.html", context)


@login_required
@require_POST
def request_lift(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Ask for the end of a hold."""
    try:
        reason = request.POST.get("reason", "").strip()[:300]
        verbs.request_lift(by=from_request(request), at=timezone.now(), hold_id=hold_id, reason=reason)
    except Hold.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, "Asked. Another person lifts it.")
    return redirect("detections:holds")


@login_required
@require_POST
def lift(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Lift a hold that another person asked to lift."""
    try:
        verbs.lift(by=from_request(request), at=timezone.now(), hold_id=hold_id)
    except Hold.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, "Lifted. Its reads follow their ceiling again.")
    return redirect("detections:holds")
