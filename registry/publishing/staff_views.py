"""Doors of publications for the two people who make them."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from audit.asker import from_request
from audit.refusals import Refused
from registry.models import Publication
from registry.publishing import steps
from registry.publishing.forms import PrepareForm, RefuseForm
from registry.publishing.page import page_of


@login_required
@never_cache
@require_safe
def publications(request: HttpRequest) -> HttpResponse:
    """What waits, what was decided, and what stands in the way of a new one."""
    return _overview_page(request)


@login_required
@require_POST
def prepare(request: HttpRequest) -> HttpResponse:
    """Make the page of this moment ready for the second person."""
    form = PrepareForm(request.POST)
    if not form.is_valid():
        return _overview_page(request, status=422)
    try:
        row = steps.prepare(by=from_request(request), at=timezone.now(), note=form.cleaned_data["note"])
    except Refused as error:
        return _overview_page(request, error, status=403)
    messages.success(request, "Prepared. Another person has to look at it before it goes out.")
    return redirect("registry:publication", row.pk)


@login_required
@never_cache
@require_safe
def publication(request: HttpRequest, publication_id: UUID) -> HttpResponse:
    """The page as it will be seen, and what differs from the last one."""
    return _one_page(request, publication_id)


@login_required
@require_POST
def publish(request: HttpRequest, publication_id: UUID) -> HttpResponse:
    """Put it out."""
    try:
        row = steps.publish(publication_id, by=from_request(request), at=timezone.now())
    except Publication.DoesNotExist:
        raise Http404 from None
    except Refused as error:
        return _one_page(request, publication_id, error)
    messages.success(request, f"Published as version {row.number}.")
    return redirect("registry:publication", row.pk)


@login_required
@require_POST
def refuse(request: HttpRequest, publication_id: UUID) -> HttpResponse:
    """Do not put it out, and say why."""
    try:
        steps.refuse(
            publication_id, words=request.POST.get("words", "")[:500], by=from_request(request), at=timezone.now()
        )
    except Publication.DoesNotExist:
        raise Http404 from None
    except Refused as error:
        return _one_page(request, publication_id, error)
    messages.info(request, "Not published. Who prepared it sees your reason.")
    return redirect("registry:publications")


def _overview_page(request: HttpRequest, refused: Refused | None = None, status: int = 200) -> HttpResponse:
    shown = steps.overview(by=from_request(request), at=timezone.now())
    context = {"shown": shown, "form": PrepareForm(request.POST or None)} | _told(refused)
    return render(request, "registry/publications.html", context, status=status)


def _one_page(request: HttpRequest, publication_id: UUID, refused: Refused | None = None) -> HttpResponse:
    try:
        opened = steps.open_one(publication_id, by=from_request(request), at=timezone.now())
    except Publication.DoesNotExist:
        raise Http404 from None
    context = {
        "opened": opened,
        "row": opened.publication,
        "view": page_of(opened.publication.content),
        "form": RefuseForm(request.POST or None),
    } | _told(refused)
    return render(request, "registry/publication.html", context, status=403 if refused else 200)


def _told(refused: Refused | None) -> dict[str, object]:
    return {"refusal": refused.refusal, "record_index": refused.record_index} if refused else {}
