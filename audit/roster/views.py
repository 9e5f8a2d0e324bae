"""Doors of the roster: a day of it, one person's time, the differences, suspending and opening again."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from audit import asker, people, policy
from audit.models import RoleGrant, User
from audit.roster import accounts, holdings, looks, nightly
from audit.roster.forms import ReasonForm, ReviewForm, RosterFilter, SuspendForm


@require_safe
@never_cache
@login_required
def roster(request: HttpRequest) -> HttpResponse:
    """Who had which role on a day."""
    at, form = timezone.now(), RosterFilter(request.GET)
    asked = _asked(form)
    number = form.cleaned_data.get("page") or 1
    page = looks.list_roster(asked, page=number, by=asker.from_request(request), at=at)
    said = {"day": asked.day.isoformat(), "role": asked.role, "division": asked.division_id or "", "name": asked.name}
    context = {"page": page, "asked": asked, "form": form, "labels": dict(RoleGrant.Role.choices)}
    context |= {"query": urlencode(said), "is_today": asked.day == holdings.today(at)}
    return render(request, "audit/roster.html", context)


@require_safe
@never_cache
@login_required
def snapshot(request: HttpRequest) -> HttpResponse:
    """The same as a file."""
    form = RosterFilter(request.GET)
    asked = _asked(form)
    text = looks.snapshot(asked, by=asker.from_request(request), at=timezone.now())
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="roster-{asked.day.isoformat()}.csv"'
    return response


@require_safe
@never_cache
@login_required
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One person's time on the roster."""
    try:
        page = looks.open_person(user_id, by=asker.from_request(request), at=timezone.now())
    except User.DoesNotExist as error:
        raise Http404 from error
    form = SuspendForm() if page.person.is_active else ReasonForm()
    return render(request, "audit/roster_person.html", {"page": page, "person": page.person, "form": form})


@require_safe
@never_cache
@login_required
def differences(request: HttpRequest) -> HttpResponse:
    """Where roster and accounts differ, what runs out soon, and the reviews."""
    return _differences(request, ReviewForm())


@require_POST
@never_cache
@login_required
def review(request: HttpRequest) -> HttpResponse:
    """Record a review of the roster."""
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _differences(request, form)
    looks.review(words=form.cleaned_data["words"], by=asker.from_request(request), at=timezone.now())
    messages.success(request, "The review is on record.")
    return redirect("audit:roster_drift")


@require_POST
@login_required
def suspend(request: HttpRequest, user_id: int) -> HttpResponse:
    """Close an account at once (AC-2(13)); the reason may be left out: minutes count."""
    reason = request.POST.get("reason", "").strip()[:300] or "Suspended at once, from the roster"
    return _changed(request, user_id, lambda by, at: people.suspend_user(user_id=user_id, reason=reason, by=by, at=at))


@require_POST
@login_required
def reopen(request: HttpRequest, user_id: int) -> HttpResponse:
    """Open a closed account again."""
    reason = request.POST.get("reason", "").strip()[:300]
    return _changed(request, user_id, lambda by, at: accounts.reopen(user_id=user_id, reason=reason, by=by, at=at))


def _changed(request: HttpRequest, user_id: int, verb: Callable[[asker.Asker, datetime], User]) -> HttpResponseRedirect:
    try:
        user = verb(asker.from_request(request), timezone.now())
    except User.DoesNotExist as error:
        raise Http404 from error
    state = "is open again" if user.is_active else "is suspended; every session of it has ended"
    messages.success(request, f"The account {user.username} {state}.")
    return redirect("audit:roster_person", user_id)


def _asked(form: RosterFilter) -> looks.Asked:
    """What is asked for; a day that is none, or lies ahead, is today."""
    form.is_valid()
    said, now = form.cleaned_data, holdings.today(timezone.now())
    division = said.get("division")
    return looks.Asked(
        day=min(said.get("day") or now, now),
        role=said.get("role") or "",
        division_id=division.pk if division else None,
        name=said.get("name") or "",
    )


def _differences(request: HttpRequest, form: ReviewForm) -> HttpResponse:
    at = timezone.now()
    page = looks.open_drift(by=asker.from_request(request), at=at)
    context = {"page": page, "form": form, "soon": nightly.soon_over(at, policy.in_force(at))}
    return render(request, "audit/roster_drift.html", context)
