"""Doors of holds."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import policy
from audit.asker import from_request
from audit.refusals import Refused
from detections.models import Hold
from detections.read_choice import chosen
from detections.retention import hold_pages, present_hold
from detections.retention import holds as verbs
from detections.retention.booking import book
from detections.retention.held_reads import StoreBusy
from detections.retention.hold_forms import (
    BookingForm,
    HoldFilterForm,
    HoldForm,
    LiftRequestForm,
    ReviewForm,
    WindowForm,
    in_half_a_year,
)
from detections.searching.time_limit import SearchTooSlow

LIST_PAGE = "detections/hold_list.html"
PLACE_PAGE = "detections/hold_place.html"
HOLD_PAGE = "detections/hold_detail.html"


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def place_hold(request: HttpRequest) -> HttpResponse:
    """From the ticked reads of a search, or all it finds (``all_of``), to a hold. A bare GET leads to the search."""
    if request.method == "GET":
        return redirect("detections:search")
    by, at = from_request(request), timezone.now()
    reads = chosen(request.POST.getlist("read"))
    search_id = _uuid(request.POST.get("all_of", ""))
    shown: dict[str, Any] = {
        "what": "search" if search_id else "reads",
        "search_id": search_id,
        "choices": request.POST.getlist("read"),
        "count": len(reads),
        "search": present_hold.own_search(by, search_id),
    }
    if "review_on" not in request.POST:
        return _empty_form(request, HoldForm, shown)
    form = HoldForm(request.POST, profile=policy.in_force(at))
    if search_id:
        return _place(
            request, form, shown, lambda: verbs.hold_search(by=by, at=at, search_id=search_id, terms=form.terms())
        )
    return _place(request, form, shown, lambda: verbs.place_hold(by=by, at=at, reads=reads, terms=form.terms()))


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def hold_window(request: HttpRequest) -> HttpResponse:
    """A hold on all that some cameras saw in a time."""
    by, at = from_request(request), timezone.now()
    shown = {"what": "window"}
    if request.method == "GET":
        hold_pages.open_form(by=by, at=at)
        return _empty_form(request, WindowForm, shown)
    form = WindowForm(request.POST, profile=policy.in_force(at))
    return _place(
        request, form, shown, lambda: verbs.hold_window(by=by, at=at, window=form.window(), terms=form.terms())
    )


@never_cache
@login_required
@require_GET
def holds(request: HttpRequest) -> HttpResponse:
    """Holds in force, the next review first, and those lifted lately; of one case or state if so asked."""
    by, at = from_request(request), timezone.now()
    form = HoldFilterForm(request.GET, cases=hold_pages.cases())
    cut = form.cleaned_data if form.is_valid() else {"case": "", "state": ""}
    listed = hold_pages.list_holds(by=by, at=at, case_number=cut["case"], state=cut["state"])
    context = present_hold.list_context(listed, today=verbs.agency_day(at))
    return render(request, LIST_PAGE, context | {"form": form, "is_cut": any(cut.values())})


@never_cache
@login_required
@require_GET
def hold(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """One hold with its reads."""
    return _hold_page(request, hold_id)


@login_required
@require_POST
def request_lift(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Ask for the end of a hold."""
    by, at = from_request(request), timezone.now()
    form = LiftRequestForm(request.POST)
    return _change(
        request,
        hold_id,
        {"lift_form": form},
        lambda: verbs.request_lift(
            by=by,
            at=at,
            hold_id=hold_id,
            reason=form.cleaned_data["reason"],
            ground=form.cleaned_data["ground"] or Hold.LiftGround.OVER,
        ),
        "Asked. Another person lifts it.",
    )


@login_required
@require_POST
def lift(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Lift a hold that another person asked to lift."""
    by, at = from_request(request), timezone.now()
    return _change(
        request,
        hold_id,
        {},
        lambda: verbs.lift(by=by, at=at, hold_id=hold_id),
        "Lifted. Its reads follow their ceiling again.",
    )


@login_required
@require_POST
def review(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Keep a hold on until the next day of review."""
    by, at = from_request(request), timezone.now()
    form = ReviewForm(request.POST)
    return _change(
        request,
        hold_id,
        {"review_form": form},
        lambda: verbs.review_hold(by=by, at=at, hold_id=hold_id, **form.cleaned_data),
        "Reviewed. The hold goes on.",
    )


@login_required
@require_POST
def book_hold(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Keep the evidence room's receipt with a hold."""
    by, at = from_request(request), timezone.now()
    form = BookingForm(request.POST)
    return _change(
        request,
        hold_id,
        {"booking_form": form},
        lambda: book(by=by, at=at, hold_id=hold_id, receipt=form.receipt()),
        "Booked. The hold may now be lifted as booked, by two people.",
    )


def _empty_form(request: HttpRequest, kind: type[HoldForm], shown: dict[str, Any]) -> HttpResponse:
    at = timezone.now()
    first = {
        "review_on": in_half_a_year(verbs.agency_day(at)),
        "kind": Hold.Kind.EVIDENCE,
        "proceeding": Hold.Proceeding.CRIMINAL,
        "case_number": request.POST.get("from_case", "")[:20],
    }
    form = kind(initial=first, profile=policy.in_force(at))
    return render(request, PLACE_PAGE, shown | {"form": form})


def _place(request: HttpRequest, form: HoldForm, shown: dict[str, Any], place: Callable[[], Hold]) -> HttpResponse:
    """Place a hold and say how many reads it keeps; or the form again, as it was typed, with what is wrong."""
    shown = shown | {"form": form}
    if not form.is_valid():
        return render(request, PLACE_PAGE, shown, status=422)
    try:
        placed = place()
    except Refused as refused:
        refusal = {"refusal": refused.refusal, "record_index": refused.record_index}
        return render(request, PLACE_PAGE, shown | refusal, status=403)
    except (StoreBusy, SearchTooSlow) as error:
        return render(request, PLACE_PAGE, shown | {"busy": isinstance(error, StoreBusy), "slow": True}, status=503)
    reads = "1 read is" if placed.reads == 1 else f"{placed.reads:,} reads are"
    messages.success(request, f"Held. {reads} kept, with a copy of each, until two people lift the hold.")
    return redirect("detections:holds")


def _change(
    request: HttpRequest, hold_id: UUID, forms: dict[str, Any], verb: Callable[[], object], done: str
) -> HttpResponse:
    """Do one thing to a hold and go back to it; or its page again, as it was typed, with what is wrong."""
    if not all(form.is_valid() for form in forms.values()):
        return _hold_page(request, hold_id, status=422, forms=forms)
    try:
        verb()
    except Hold.DoesNotExist as error:
        raise Http404 from error
    except Refused as refused:
        said = {"refusal": refused.refusal, "refused_index": refused.record_index}
        return _hold_page(request, hold_id, status=403, forms=forms, **said)
    messages.success(request, done)
    return redirect("detections:hold", hold_id)


def _hold_page(
    request: HttpRequest, hold_id: UUID, *, status: int = 200, forms: dict[str, Any] | None = None, **context: Any
) -> HttpResponse:
    """The page of a hold; ``forms`` are those that were posted, by their name in the page."""
    by, at = from_request(request), timezone.now()
    page = request.GET.get("page", "1")
    try:
        opened = hold_pages.open_hold(by=by, at=at, hold_id=hold_id, page=int(page[:9]) if page.isdecimal() else 1)
    except Hold.DoesNotExist as error:
        raise Http404 from error
    half_a_year = in_half_a_year(opened.today)
    empty = {
        "review_form": ReviewForm(initial={"next_on": half_a_year}),
        "booking_form": BookingForm(initial={"medium": "repository", "booked_at": at}),
        "lift_form": LiftRequestForm(),
    }
    shown = present_hold.hold_context(opened, by=by, at=at)
    posted = forms or {}
    return render(request, HOLD_PAGE, empty | shown | posted | {"forms": posted.values()} | context, status=status)


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        return None
