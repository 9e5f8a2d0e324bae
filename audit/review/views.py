"""Doors of inspections: the list, one inspection, one query with its mark, and the two signatures."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from audit.asker import from_request
from audit.models import InspectedQuery, Inspection, LedgerEntry, QueryElsewhere
from audit.paper import PaperError
from audit.refusals import Refused
from audit.review import drawing, looks, marking, papers, periods, present, sign_off
from audit.review.draw import InspectionNotFound
from audit.review.forms import BackForm, MarkForm, SignForm
from audit.signing import SigningUnavailable

LIST_PAGE = "audit/review_list.html"
INSPECTION_PAGE = "audit/review_inspection.html"
WEEK_PAGE = "audit/review_week.html"
QUERY_PAGE = "audit/review_query.html"
NO_PAPER = "The report could not be made or signed, so nothing was approved. Ask who runs the system."


@never_cache
@login_required
@require_GET
def inspections(request: HttpRequest) -> HttpResponse:
    """All inspections; periods that have ended meanwhile are opened first."""
    at = timezone.now()
    periods.open_due(at)
    shown = looks.overview(by=from_request(request), at=at)
    return render(request, LIST_PAGE, {"shown": shown})


@never_cache
@login_required
@require_GET
def inspection(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """One inspection of queries, or one weekly review of the log."""
    return _inspection_page(request, inspection_id)


@login_required
@require_POST
def draw_sample(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """Draw the sample; over very many queries the workers do it."""
    try:
        done = drawing.draw_or_send(inspection_id, by=from_request(request), at=timezone.now())
    except InspectionNotFound as error:
        raise Http404 from error
    except Refused as refused:
        return _refused(request, inspection_id, refused)
    if done:
        messages.success(request, "Drawn. The seed stands below; nobody could choose it.")
        return redirect("audit:inspection", inspection_id)
    return redirect(reverse("audit:inspection", args=[inspection_id]) + "?drawing=1")


@never_cache
@login_required
@require_GET
def drawing_state(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """Whether the workers have drawn; tells no count, so it is no look."""
    found = Inspection.objects.filter(pk=inspection_id).only("drawn_at").first()
    if found is None:
        raise Http404
    if found.drawn_at:
        return HttpResponse(headers={"HX-Redirect": reverse("audit:inspection", args=[inspection_id])})
    return render(request, "audit/_review_drawing.html", {})


@login_required
@require_POST
def hand_over(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """Tell the other reviewers of the queries this one may not mark."""

    def hand() -> str:
        count = marking.hand_over(inspection_id=inspection_id, by=from_request(request), at=timezone.now())
        return f"Handed over: {count}. The other reviewers are told." if count else "There is nothing to hand over."

    return _step(request, inspection_id, hand)


@login_required
@require_POST
def sign(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """The reviewer's signature."""
    by, at, form = from_request(request), timezone.now(), SignForm(request.POST)

    def put() -> str:
        sign_off.sign(inspection_id=inspection_id, summary=form.cleaned_data["summary"], by=by, at=at)
        return "Signed. Another person approves it."

    return _step(request, inspection_id, put, sign_form=form)


@login_required
@require_POST
def approve(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """The second person's approval."""
    by, at = from_request(request), timezone.now()

    def put() -> str:
        sign_off.approve(inspection_id=inspection_id, by=by, at=at)
        return "Approved. The signed report is below."

    return _step(request, inspection_id, put)


@login_required
@require_POST
def give_back(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """Back to the reviewer."""
    by, at, form = from_request(request), timezone.now(), BackForm(request.POST)

    def put() -> str:
        sign_off.give_back(inspection_id=inspection_id, words=form.cleaned_data["words"], by=by, at=at)
        return "Given back. The reviewer is told."

    return _step(request, inspection_id, put, back_form=form)


@never_cache
@login_required
@require_GET
def paper(request: HttpRequest, inspection_id: UUID, part: str) -> HttpResponseBase:
    """A work paper as a download."""
    if part not in papers.PARTS:
        raise Http404
    by, at = from_request(request), timezone.now()
    try:
        found = papers.fetch(inspection_id=inspection_id, part=part, by=by, at=at)
    except Inspection.DoesNotExist as error:
        raise Http404 from error
    except (papers.NotThere, SigningUnavailable):
        messages.error(request, "This paper is not in the folder of work papers. Ask who runs the system.")
        return redirect("audit:inspection", inspection_id)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if found.path is not None:
        file = found.path.open("rb")
        return FileResponse(
            file, as_attachment=True, filename=found.name, content_type=found.content_type, headers=headers
        )
    headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return HttpResponse(found.data, content_type=found.content_type, headers=headers)


@never_cache
@login_required
@require_GET
def inspected_query(request: HttpRequest, query_id: UUID) -> HttpResponse:
    """One query under review."""
    return _query_page(request, query_id)


@login_required
@require_POST
def mark_query(request: HttpRequest, query_id: UUID) -> HttpResponse:
    """Mark it and go on to the next of the list."""
    by, at, form = from_request(request), timezone.now(), MarkForm(request.POST)
    if not form.is_valid():
        return _query_page(request, query_id, form=form, status=422)
    after = present.next_of(request.POST.get("next", ""))
    try:
        done = marking.mark(
            query_id=query_id, to=form.cleaned_data["mark"], words=form.cleaned_data["words"], by=by, at=at
        )
    except InspectedQuery.DoesNotExist as error:
        raise Http404 from error
    except Refused as refused:
        if refused.refusal.code.startswith("access."):
            raise
        said = {"refusal": refused.refusal, "refused_index": refused.record_index}
        return _query_page(request, query_id, form=form, status=403, more=said)
    messages.success(request, f"Marked: {done.get_mark_display().lower()}.{present.sent_words(done)}")
    where = (
        reverse("audit:inspected_query", args=[after])
        if after
        else reverse("audit:inspection", args=[done.inspection_id])
    )
    return redirect(where + _tail(request.POST))


def _tail(values: Any) -> str:
    """The narrowing of the list, carried along; it holds no plate."""
    kept = {name: values.get(name, "") for name in ("show", "flag")}
    kept = {name: value[:40] for name, value in kept.items() if value and value != "all"}
    return f"?{urlencode(kept)}" if kept else ""


def _step(request: HttpRequest, inspection_id: UUID, step: Callable[[], str], **forms: Any) -> HttpResponse:
    """Do one thing to an inspection and go back to it; or its page again with what is wrong."""
    if not all(form.is_valid() for form in forms.values()):
        return _inspection_page(request, inspection_id, status=422, more=forms)
    try:
        said = step()
    except Inspection.DoesNotExist as error:
        raise Http404 from error
    except (PaperError, SigningUnavailable):
        messages.error(request, NO_PAPER)
        return redirect("audit:inspection", inspection_id)
    except Refused as refused:
        return _refused(request, inspection_id, refused, **forms)
    messages.success(request, said)
    return redirect("audit:inspection", inspection_id)


def _refused(request: HttpRequest, inspection_id: UUID, refused: Refused, **forms: Any) -> HttpResponse:
    if refused.refusal.code.startswith("access."):
        raise refused
    said = {"refusal": refused.refusal, "refused_index": refused.record_index}
    return _inspection_page(request, inspection_id, status=403, more=forms | said)


def _inspection_page(
    request: HttpRequest, inspection_id: UUID, *, status: int = 200, more: dict[str, Any] | None = None
) -> HttpResponse:
    show, flag, page = (request.GET.get(name, "")[:40] for name in ("show", "flag", "page"))
    try:
        opened = looks.open_inspection(
            inspection_id=inspection_id,
            by=from_request(request),
            at=timezone.now(),
            show=show or "all",
            flag=flag,
            page=int(page[:6]) if page.isdecimal() else 1,
        )
    except Inspection.DoesNotExist as error:
        raise Http404 from error
    forms = {"sign_form": SignForm(), "back_form": BackForm(), "drawing": "drawing" in request.GET}
    template = WEEK_PAGE if opened.inspection.kind == Inspection.Kind.LOG else INSPECTION_PAGE
    context = present.inspection_context(opened) | {"tail": _tail(request.GET)} | forms
    return render(request, template, context | (more or {}), status=status)


def _query_page(
    request: HttpRequest,
    query_id: UUID,
    *,
    form: MarkForm | None = None,
    status: int = 200,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    values = request.POST if request.method == "POST" else request.GET
    try:
        opened = looks.open_query(
            query_id=query_id,
            by=from_request(request),
            at=timezone.now(),
            show=values.get("show", "all")[:40],
            flag=values.get("flag", "")[:40],
        )
    except (InspectedQuery.DoesNotExist, LedgerEntry.DoesNotExist, QueryElsewhere.DoesNotExist) as error:
        raise Http404 from error
    context = present.query_context(opened) | {"form": form or present.mark_form(opened), "tail": _tail(values)}
    return render(request, QUERY_PAGE, context | (more or {}), status=status)
