"""Doors of access: ask, see what waits, decide, open, withdraw."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import asker
from audit.models import AccessRequest, User
from audit.roster import opening, request_looks, requests
from audit.roster.forms import CourseForm, DecisionForm, NewcomerForm, WantedForm

KINDS = ("clets", "alpr")


@require_safe
@never_cache
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """My requests, those I decide, those I can open."""
    shown = request_looks.desk(by=asker.from_request(request), at=timezone.now())
    return render(request, "audit/access.html", {"desk": shown})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for more rights for oneself; or, with ``?person=``, for somebody with an account, open or closed."""
    by, at = asker.from_request(request), timezone.now()
    person = _person(request, by.member)
    form = WantedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = requests.ask_for_rights(person, form.wanted(), by=by, at=at)
        messages.success(request, f"{made.supervisor.display_name} was told and decides.")
        return redirect("audit:access_request", made.pk)
    return render(request, "audit/access_ask.html", {"form": form, "person": person if person != by.member else None})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def ask_for_newcomer(request: HttpRequest) -> HttpResponse:
    """Ask for an account for somebody who has none."""
    by, at = asker.from_request(request), timezone.now()
    form = NewcomerForm(request.POST or None, asked_by=by.member, at=at)
    if request.method == "POST" and form.is_valid():
        supervisor = form.cleaned_data["supervisor"]
        made = requests.ask_for_newcomer(form.newcomer(), form.wanted(), supervisor=supervisor, by=by, at=at)
        messages.success(request, f"{made.supervisor.display_name} was told and decides.")
        return redirect("audit:access_request", made.pk)
    return render(request, "audit/access_new.html", {"form": form})


@require_safe
@never_cache
@login_required
def view_request(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One request, its road, and what the one looking may do."""
    return _page(request, request_id, DecisionForm(), _courses(request, post=False))


@require_POST
@never_cache
@login_required
def decide(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The supervisor's answer."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, request_id, form, _courses(request, post=False))
    approve, by = form.cleaned_data["decision"] == "approve", asker.from_request(request)
    words = form.cleaned_data["words"]
    try:
        asked = requests.decide(request_id=request_id, approve=approve, words=words, by=by, at=timezone.now())
    except AccessRequest.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, f"Access for {asked.username} is {asked.decision}.")
    return _back(request_id)


@require_POST
@never_cache
@login_required
def activate(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Open the access, with the certificates typed."""
    forms = _courses(request, post=True)
    if not all(form.is_valid() for form in forms):
        return _page(request, request_id, DecisionForm(), forms)
    courses = tuple(course for form in forms if (course := form.course()) is not None)
    by = asker.from_request(request)
    try:
        _, user = opening.activate(request_id=request_id, courses=courses, by=by, at=timezone.now())
    except AccessRequest.DoesNotExist as error:
        raise Http404 from error
    words = "" if user.has_usable_password() else " Set a first password with the person beside you, in administration."
    messages.success(request, f"Access for {user.username} is open.{words}")
    return _back(request_id)


@require_POST
@login_required
def withdraw(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Take a request back."""
    try:
        requests.withdraw(request_id=request_id, by=asker.from_request(request), at=timezone.now())
    except AccessRequest.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, "The request was withdrawn.")
    return _back(request_id)


def _person(request: HttpRequest, me: User) -> User:
    """Whom the page is about: the one named, for those who may ask for others; else oneself."""
    named = request.GET.get("person", "")
    if not (named.isascii() and named.isdigit() and len(named) < 10):
        return me
    if not requests.answers_for_people(me, timezone.now()):
        return me
    return User.objects.filter(pk=int(named)).first() or me


def _courses(request: HttpRequest, *, post: bool) -> list[CourseForm]:
    return [CourseForm(request.POST if post else None, kind=kind) for kind in KINDS]


def _back(request_id: UUID) -> HttpResponseRedirect:
    return redirect("audit:access_request", request_id)


def _page(request: HttpRequest, request_id: UUID, form: DecisionForm, courses: list[CourseForm]) -> HttpResponse:
    try:
        opened = request_looks.open_request(request_id, by=asker.from_request(request), at=timezone.now())
    except AccessRequest.DoesNotExist as error:
        raise Http404 from error
    held = request_looks.certificates_of(opened.asked)
    context = {"opened": opened, "asked": opened.asked, "form": form, "courses": courses, "certificates": held}
    return render(request, "audit/access_request.html", context)
