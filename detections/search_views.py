"""Doors of the search: the form, the pages of an answer, one read."""

from datetime import datetime
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from audit import policy
from audit.abilities import Ability, abilities_of
from audit.asker import from_request
from audit.models import User
from audit.refusals import Refused
from detections.photo_tokens import Look, TokenError, read_token
from detections.searching import present
from detections.searching.correct_read import correct_read
from detections.searching.form import CorrectForm, SearchForm
from detections.searching.open_read import ReadNotFound, open_read
from detections.searching.page import CursorError, SearchNotFound, open_page
from detections.searching.run import open_form, recent, run_search
from detections.searching.time_limit import SEARCH_LIMIT_MS, SearchTooSlow


class SeeOther(HttpResponseRedirect):
    """303: the answer to this POST is at another address, to be fetched by GET."""

    status_code = 303


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """The form and one's own latest searches; POST runs a search and leads to its answer."""
    at = timezone.now()
    if request.method == "POST":
        return _run(request, at)
    profile = open_form(by=from_request(request), at=at)
    return _form_page(request, SearchForm(profile=profile, user=_person(request), at=at), at)


@never_cache
@login_required
@require_GET
def search_page(request: HttpRequest, search_id: UUID) -> HttpResponse:
    """A page of one's own search. Anyone else gets 404, as does a place in the list that was never given out."""
    at = timezone.now()
    try:
        page = open_page(
            by=from_request(request), at=at, search_id=search_id, cursor=request.GET.get("after", "")[:500]
        )
    except (SearchNotFound, CursorError) as error:
        raise Http404 from error
    except SearchTooSlow:
        return render(request, "detections/search_slow.html", {"seconds": SEARCH_LIMIT_MS // 1000}, status=503)
    can_hold = Ability.PLACE_HOLDS in abilities_of(_person(request), at)
    context = present.page_context(page, policy.in_force(at), user=_person(request), at=at)
    return render(request, "detections/search_results.html", context | {"can_hold": can_hold})


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
        found = run_search(by=by, at=at, asked=form.asked())
    except Refused as refused:
        context = {"refusal": refused.refusal, "record_index": refused.record_index}
        return _form_page(request, form, at, status=403, **context)
    except SearchTooSlow:
        return _form_page(request, form, at, status=503, slow_after=SEARCH_LIMIT_MS // 1000)
    return SeeOther(reverse("detections:search_page", args=[found.pk]))


def _form_page(
    request: HttpRequest, form: SearchForm, at: datetime, *, status: int = 200, **context: object
) -> HttpResponse:
    profile = policy.in_force(at)
    own = [present.recent_row(row, profile) for row in recent(_person(request))]
    return render(request, "detections/search.html", {"form": form, "recent": own, **context}, status=status)


def _person(request: HttpRequest) -> User:
    """Who is signed in: ``login_required`` has made sure that someone is."""
    return cast(User, request.user)


def _look(request: HttpRequest, subject_id: UUID, at: datetime) -> Look | None:
    try:
        return read_token(request.GET.get("t", ""), _person(request), subject_id, at=at)
    except TokenError:
        return None
