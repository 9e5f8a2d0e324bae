"""The pages of entering a hot plate: the form, and what came of looking back."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from audit import asker, gate, policy
from audit.abilities import Ability, abilities_of
from audit.refusals import Refused
from detections.hot_plate_entry import EntryWithLookBackForm, Told, recall, remember
from detections.look_back import SLOW, enter_hot_plate, latest_sighting
from detections.models import Search
from detections.searching.page import SearchNotFound
from detections.searching.run import COUNT_CAP
from detections.searching.time_limit import SearchTooSlow
from hotlists import operations
from hotlists.models import HotPlate


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def enter(request: HttpRequest) -> HttpResponse:
    """The entry form of E.1 and E.2."""
    by, at = asker.from_request(request), timezone.now()
    if request.method != "POST":
        gate.admit(by, Ability.ENTER_HOT_PLATE, at=at)
    profile = policy.in_force(at)
    form = EntryWithLookBackForm(request.POST or None, by=by, profile=profile, at=at)
    context: dict[str, Any] = {"form": form, "clause": profile["hotplate.requires"].citation}
    if not form.is_valid():
        return render(request, "hotlists/enter.html", context)
    try:
        entered = enter_hot_plate(form.wanted(), by=by, at=at, attested=form.word_given)
    except Refused as refused:
        context |= {"refusal": refused.refusal, "record_index": refused.record_index}
        return render(request, "hotlists/enter.html", context, status=403)
    remember(request, entered)
    return redirect("detections:hot_plate_entered", entered.entry.pk)


@require_safe
@login_required
@never_cache
def entered(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """The entry just made, and where it was seen last; later the entry's own page has everything."""
    told = recall(request, entry_id)
    by, at = asker.from_request(request), timezone.now()
    try:
        opened = operations.open_hot_plate(entry_id=entry_id, by=by, at=at)
    except HotPlate.DoesNotExist as error:
        raise Http404 from error
    may_search = by.user is not None and Ability.SEARCH in abilities_of(by.user, at)
    context = {"opened": opened, "told": told, "exact": not opened.entry.partial, "may_search": may_search}
    return render(request, "detections/hot_plate_entered.html", context | _found(request, told))


def _found(request: HttpRequest, told: Told | None) -> dict[str, Any]:
    """How often, and the latest sighting, under a record of its own."""
    if told is None or told.search_id is None:
        return {}
    by, at = asker.from_request(request), timezone.now()
    try:
        latest = latest_sighting(search_id=told.search_id, by=by, at=at)
    except SearchNotFound as error:
        raise Http404 from error
    except SearchTooSlow:
        return {"slow": SLOW}
    search = Search.objects.get(pk=told.search_id)
    return {"search": search, "latest": latest, "days": (search.asked_at - told.since).days, "cap": COUNT_CAP}
