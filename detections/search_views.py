"""Doors of the search: the form, the pages of an answer, stopping a running one, one read."""

from collections.abc import Callable
from datetime import datetime
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import policy
from audit.abilities import Ability, abilities_of
from audit.asker import from_request
from audit.models import User
from audit.refusals import Refused
from detections.photo_tokens import Look, TokenError, read_token
from detections.rules.wide_searches import WIDE
from detections.searching import present
from detections.searching.approval import ask_approval, own_approvals
from detections.searching.correct_form import CorrectForm
from detections.searching.correct_read import correct_read
from detections.searching.form import FIELDS_OF, SearchForm
from detections.searching.open_read import ReadNotFound, open_read
from detections.searching.page import CursorError, Page, SearchNotFound, open_companion, open_page
from detections.searching.question import QuestionError
from detections.searching.run import open_form, recent, run_search
from detections.searching.stop import SearchStopped, stop_search
from detections.searching.time_limit import SEARCH_LIMIT_MS, SearchTooSlow


class SeeOther(HttpResponseRedirect):
    """303: the answer to this POST is at another address, to be fetched by GET."""

    status_code = 303


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """The form and one's own latest searches; POST runs a search, or asks for its approval, and leads to the answer."""
    at = timezone.now()
    if request.method == "POST":
        return _run(request, at)
    profile = open_form(by=from_request(request), at=at)
    return _form_page(request, SearchForm(profile=profile, user=_person(request), at=at), at)


@login_required
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Stop one's own running search of this ticket; 204 whether or not it still ran."""
    try:
        stop_search(by=from_request(request), at=timezone.now(), ticket=UUID(request.POST.get("ticket", "")))
    except ValueError:
        return HttpResponse("That is no ticket of a search.", status=400, content_type="text/plain")
    return HttpResponse(status=204)


@never_cache
@login_required
@require_GET
def search_page(request: HttpRequest, search_id: UUID) -> HttpResponse:
    """A page of one's own search. Anyone else gets 404, as does a place in the list that was never given out."""
    cursor = request.GET.get("after", "")[:500]
    return _results(request, lambda at: open_page(by=from_request(request), at=at, search_id=search_id, cursor=cursor))


@never_cache
@login_required
@require_GET
def search_companion(request: HttpRequest, search_id: UUID) -> HttpResponse:
    """The sightings behind a plate that a page of this search listed."""
    token = request.GET.get("of", "")[:500]
    return _results(
        request, lambda at: open_companion(by=from_request(request), at=at, search_id=search_id, token=token)
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def read_detail(request: HttpRequest, read_id: UUID) -> HttpResponse:
    """One read, under the purpose carried by the link's token; POST corrects it under the same."""
    at = timezone.now()
    look = _look(request, read_id, at)
    try:
        if request.method == "POST":
            return _correct(request, read_id, look, at)
        return _read_page(request, read_id, look, CorrectForm(), at)
    except ReadNotFound as error:
        raise Http404 from error


def slow_page(request: HttpRequest) -> HttpResponse:
    """What is said of a search that took too long."""
    return render(request, "detections/search_slow.html", {"seconds": SEARCH_LIMIT_MS // 1000}, status=503)


def _results(request: HttpRequest, look: Callable[[datetime], Page]) -> HttpResponse:
    at = timezone.now()
    try:
        page = look(at)
    except (SearchNotFound, CursorError) as error:
        raise Http404 from error
    except SearchTooSlow:
        return slow_page(request)
    user = _person(request)
    abilities = abilities_of(user, at)
    context = present.page_context(page, policy.in_force(at), user=user, at=at)
    doors = {
        "hold_door": _address("place_hold") if Ability.PLACE_HOLDS in abilities else "",
        "evidence_door": _address("evidence_new") if Ability.EXPORT_EVIDENCE in abilities else "",
    }
    return render(request, "detections/search_results.html", context | doors)


def _address(name: str) -> str:
    """Where chosen reads go; "" where this installation has no such door."""
    try:
        return reverse(f"detections:{name}")
    except NoReverseMatch:
        return ""


def _read_page(
    request: HttpRequest,
    read_id: UUID,
    look: Look | None,
    form: CorrectForm,
    at: datetime,
    *,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    user = _person(request)
    opened = open_read(by=from_request(request), at=at, read_id=read_id, look=look)
    may_correct = opened.read.photo_id is not None and Ability.TRANSCRIBE in abilities_of(user, at)
    shown = present.read_context(opened, look, user=user, at=at)
    return render(
        request,
        "detections/read_detail.html",
        shown | {"form": form if may_correct else None, **context},
        status=status,
    )


def _correct(request: HttpRequest, read_id: UUID, look: Look | None, at: datetime) -> HttpResponse:
    form = CorrectForm(request.POST)
    if look is None or not form.is_valid():  # without a look the page itself is refused, on record
        return _read_page(request, read_id, look, form, at, status=422)
    try:
        done = correct_read(by=from_request(request), at=at, read_id=read_id, look=look, **form.cleaned_data)
    except Refused as refused:
        context = {"refusal": refused.refusal, "record_index": refused.record_index}
        return _read_page(request, read_id, look, form, at, status=403, **context)
    said = "It made a hit, which is on the desk." if done.hits else "It matches no hot plate."
    messages.success(request, f"The read is corrected; what was read first is kept. {said}")
    return SeeOther(present.read_address(done.read, look, user=_person(request), at=at))


def _run(request: HttpRequest, at: datetime) -> HttpResponse:
    by = from_request(request)
    form = SearchForm(request.POST, profile=policy.in_force(at), user=_person(request), at=at)
    if not form.is_valid():
        return _form_page(request, form, at, status=422)
    try:
        if "ask" in request.POST:
            ask_approval(by=by, at=at, asked=form.asked())
            messages.success(request, "Asked. You can run it from this page once somebody has approved it.")
            return SeeOther(reverse("detections:search"))
        found = run_search(by=by, at=at, asked=form.asked(), ticket=form.cleaned_data["ticket"])
    except QuestionError as error:
        form.take(error)
        return _form_page(request, form, at, status=422)
    except Refused as refused:
        context = {
            "refusal": refused.refusal,
            "record_index": refused.record_index,
            "may_ask": refused.refusal.rule == WIDE,
        }
        return _form_page(request, form, at, status=403, **context)
    except SearchTooSlow:
        return _form_page(request, form, at, status=503, slow_after=SEARCH_LIMIT_MS // 1000)
    except SearchStopped:
        return _form_page(request, form, at, stopped=True)
    return SeeOther(reverse("detections:search_page", args=[found.pk]))


def _form_page(
    request: HttpRequest, form: SearchForm, at: datetime, *, status: int = 200, **context: object
) -> HttpResponse:
    profile, user = policy.in_force(at), _person(request)
    context |= {
        "form": form,
        "recent": [present.recent_row(row, profile) for row in recent(user)],
        "approvals": [present.approval_row(own) for own in own_approvals(user, at)],
        "ways_of": ways_of_fields(),
        "points": [{"lat": p.latitude, "lon": p.longitude, "label": p.name} for p in form.known_places],
    }
    return render(request, "detections/search.html", context, status=status)


def ways_of_fields() -> dict[str, str]:
    """Part of the form -> the ways it belongs to, apart by spaces: what the page shows for the way chosen."""
    fields = {name for used in FIELDS_OF.values() for name in used}
    return {name: " ".join(way for way, used in FIELDS_OF.items() if name in used) for name in sorted(fields)}


def _person(request: HttpRequest) -> User:
    """Who is signed in: ``login_required`` has made sure that someone is."""
    return cast(User, request.user)


def _look(request: HttpRequest, subject_id: UUID, at: datetime) -> Look | None:
    try:
        return read_token(request.GET.get("t", ""), _person(request), subject_id, at=at)
    except TokenError:
        return None
