"""The pages of possible matches."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from audit.asker import from_request
from audit.refusals import Refused
from detections.hits import possible
from detections.models import PossibleMatch
from detections.possible_forms import DecideForm, DismissForm

TABS = {"new": "To decide", "decided": "Decided"}
KEYS = {PossibleMatch.Status.DISMISSED: "a", PossibleMatch.Status.SAME: "s", PossibleMatch.Status.LEAD: "l"}


@login_required
@never_cache
@require_GET
def possible_matches(request: HttpRequest) -> HttpResponse:
    """The queue; each opening is a recorded look."""
    return _queue_page(request)


@login_required
@never_cache
@require_POST
def dismiss_several(request: HttpRequest) -> HttpResponse:
    """Call the ticked ones another vehicle."""
    form = DismissForm(request.POST)
    if not form.is_valid():
        return _queue_page(request, wrong=str(form.errors["chosen"][0]), status=422)
    told = possible.dismiss_possible(
        possible_ids=form.cleaned_data["chosen"], by=from_request(request), at=timezone.now()
    )
    if told.done:
        messages.success(request, f"{told.done} called another vehicle.")
    for refusal in told.left:
        clause = f"{refusal.citation.instrument}, {refusal.citation.section}"
        messages.warning(request, f"One was left: {refusal.reason} {refusal.next_step} ({clause})")
    if told.gone:
        messages.warning(request, f"{_number(told.gone)} not there any more.")
    return redirect("detections:possible_matches")


@login_required
@never_cache
@require_GET
def possible_match(request: HttpRequest, possible_id: UUID) -> HttpResponse:
    """One possible match beside its hot plate, with its picture."""
    return _match_page(request, possible_id)


@login_required
@never_cache
@require_POST
def decide_possible_match(request: HttpRequest, possible_id: UUID) -> HttpResponse:
    """Decide about it; a refusal or a mistake shows the page again with what was typed."""
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _match_page(request, possible_id, form=form, status=422)
    try:
        done = possible.decide_possible(
            possible_id=possible_id, by=from_request(request), at=timezone.now(), **form.cleaned_data
        )
    except PossibleMatch.DoesNotExist as error:
        raise Http404 from error
    except Refused as refused:
        return _match_page(request, possible_id, form=form, status=403, refused=refused)
    _say(request, done)
    same = done.match.status == PossibleMatch.Status.SAME
    return redirect("detections:possible_match", possible_id) if same else redirect("detections:possible_matches")


def _say(request: HttpRequest, done: possible.Decided) -> None:
    if done.match.status == PossibleMatch.Status.DISMISSED:
        messages.success(request, "Called another vehicle.")
    elif done.match.status == PossibleMatch.Status.LEAD:
        messages.success(request, "Noted as a lead. It is no hit, and no basis for a stop.")
    elif done.hit_id:
        address = reverse("detections:hit", args=[done.hit_id])
        words = 'The read is corrected, and matched anew: it is a hit now. <a href="{}">Open the hit</a>'
        messages.success(request, format_html(words, address))
    else:
        messages.success(
            request, "The read is corrected. It made no hit: the hot plate is not live any more, or its state differs."
        )


def _queue_page(request: HttpRequest, *, wrong: str = "", status: int = 200) -> HttpResponse:
    show, number = request.GET.get("show", "new"), request.GET.get("page", "1")
    show = show if show in TABS else "new"
    kind = request.GET.get("kind", "")
    queue = possible.list_possible(
        by=from_request(request),
        at=timezone.now(),
        show=show,
        kind=kind,
        page=int(number) if number.isascii() and number.isdecimal() and len(number) < 7 else 1,
    )
    context: dict[str, Any] = {
        "queue": queue,
        "shown": show,
        "kind": kind if kind in PossibleMatch.Kind.values else "",
        "tabs": [(name, words, queue.counts[name]) for name, words in TABS.items()],
        "kinds": [(value, label, queue.kinds[value]) for value, label in PossibleMatch.Kind.choices],
        "wrong": wrong,
    }
    return render(request, "detections/possible_matches.html", context, status=status)


def _match_page(
    request: HttpRequest,
    possible_id: UUID,
    *,
    form: DecideForm | None = None,
    status: int = 200,
    refused: Refused | None = None,
) -> HttpResponse:
    try:
        opened = possible.open_possible(possible_id=possible_id, by=from_request(request), at=timezone.now())
    except PossibleMatch.DoesNotExist as error:
        raise Http404 from error
    shown = form or DecideForm(outcomes=opened.outcomes)
    context = {
        "opened": opened,
        "card": opened.card,
        "match": opened.card.match,
        "form": shown,
        "keys": [(KEYS[PossibleMatch.Status(one)], one, PossibleMatch.Status(one).label) for one in opened.outcomes],
        "refusal": refused.refusal if refused else None,
        "record_index": refused.record_index if refused else None,
    }
    return render(request, "detections/possible_match.html", context, status=status)


def _number(count: int) -> str:
    return "1 is" if count == 1 else f"{count} are"
