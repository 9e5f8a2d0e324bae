"""Doors of the quarantine: the list, and a decision about the ticked reads."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from audit.asker import Asker, from_request
from audit.refusals import Refused
from detections.quarantine import decide
from detections.quarantine.forms import DecisionForm
from detections.quarantine.listing import ids_of, list_quarantine


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def quarantine(request: HttpRequest) -> HttpResponse:
    """Reads with a wrong clock; POST decides about the ticked ones."""
    by, at = from_request(request), timezone.now()
    if request.method != "POST":
        return _page(request, DecisionForm(), by, at)
    form = DecisionForm(request.POST)
    ticked = request.POST.getlist("read")[: decide.MOST + 1]
    if not form.is_valid():
        return _page(request, form, by, at, status=422, ticked=ticked)
    try:
        words = _decided(form, ticked, by, at)
    except decide.CannotDecide as error:
        form.add_error(None, str(error))
        return _page(request, form, by, at, status=422, ticked=ticked)
    except Refused as refused:
        facts = {"refusal": refused.refusal, "record_index": refused.record_index, "ticked": ticked}
        return _page(request, form, by, at, status=403, **facts)
    messages.success(request, words)
    return redirect("detections:quarantine")


def _decided(form: DecisionForm, ticked: list[str], by: Asker, at: datetime) -> str:
    try:
        ids = ids_of(ticked)
    except ValueError as error:
        raise BadRequest("not the id of a read") from error
    reason = form.cleaned_data["reason"].strip()
    if form.cleaned_data["kind"] == "discard":
        count = decide.discard(by=by, at=at, ids=ids, reason=reason)
        return f"Discarded: {count} read{'' if count == 1 else 's'}."
    answered = decide.release(by=by, at=at, ids=ids, true_time=form.cleaned_data["true_time"], reason=reason)
    stored = answered.get("recorded", 0)
    known = f", {answered['duplicate']} of them stored before" if "duplicate" in answered else ""
    return f"Released: {stored} read{'' if stored == 1 else 's'} recorded with the true time{known}."


def _page(
    request: HttpRequest, form: DecisionForm, by: Asker, at: datetime, *, status: int = 200, **facts: Any
) -> HttpResponse:
    camera = request.GET.get("camera", "").replace("\0", "")[:40]
    listed = list_quarantine(by=by, at=at, camera=camera)
    context = {"listed": listed, "form": form, "camera": camera} | facts
    return render(request, "detections/quarantine.html", context, status=status)
