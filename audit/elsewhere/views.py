"""Pages of queries made elsewhere: systems, their accounts, their audit exports."""

import csv
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import asker
from audit.elsewhere import hand_in, looks, systems
from audit.elsewhere.forms import AccountForm, HandInForm, SystemForm
from audit.refusals import Refused
from audit.spreadsheet import cell


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    """All systems, and the form that hands an export in."""
    by, at = asker.from_request(request), timezone.now()
    form, refused = HandInForm(request.POST or None, request.FILES or None), None
    if form.is_valid():
        try:
            made = hand_in.hand_in(form.export(), form.cleaned_data["file"], by=by, at=at)
        except Refused as error:
            refused = error
        else:
            messages.success(request, "Handed in. It is being read.")
            address = reverse("audit:elsewhere_import", args=(made.pk,))
            return JsonResponse({"url": address}, status=201) if _wants_json(request) else redirect(address)
    if _wants_json(request) and (refused or form.errors):
        return _told(form, refused)
    context = {"page": looks.overview(by=by, at=at), "form": form, "most_bytes": settings.QUERY_EXPORT_MOST_BYTES}
    return _answer(request, "audit/elsewhere.html", context, refused, wrong=bool(form.errors))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def new_system(request: HttpRequest) -> HttpResponse:
    """Enter a system."""
    by, at = asker.from_request(request), timezone.now()
    form, refused = SystemForm(request.POST or None), None
    if form.is_valid():
        try:
            made = systems.enter_system(**form.cleaned_data, by=by, at=at)
        except Refused as error:
            refused = error
        else:
            messages.success(request, "Entered. Hand in its exports week by week.")
            return redirect("audit:elsewhere_system", made.pk)
    page = looks.overview(by=by, at=at)  # admits, and says on record who opened the form
    return _answer(request, "audit/elsewhere_new.html", {"form": form, "page": page}, refused, wrong=bool(form.errors))


@require_safe
@login_required
@never_cache
def system(request: HttpRequest, system_id: int) -> HttpResponse:
    """One system with its accounts."""
    return _system_page(request, system_id)


@require_POST
@login_required
@never_cache
def name_account(request: HttpRequest, system_id: int) -> HttpResponse:
    """Say whose a user name is."""
    form = AccountForm(request.POST)
    if not form.is_valid():
        return _system_page(request, system_id, form=form)
    return _act(request, system_id, lambda **who: systems.name_account(system_id, form.wanted(), **who), form)


@require_POST
@login_required
@never_cache
def end_account(request: HttpRequest, system_id: int, account_id: int) -> HttpResponse:
    """End an entry."""
    return _act(request, system_id, lambda **who: systems.end_account(account_id, **who))


@require_POST
@login_required
@never_cache
def end_system(request: HttpRequest, system_id: int) -> HttpResponse:
    """End a system."""
    return _act(request, system_id, lambda **who: systems.end_system(system_id, **who))


@require_safe
@login_required
@never_cache
def export(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """One export with its bad rows."""
    opened = _opened(request, import_id)
    return render(request, "audit/elsewhere_import.html", {"opened": opened, "export": opened.export})


@require_safe
@login_required
@never_cache
def export_faults(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """All bad rows of an export as CSV."""
    opened = _opened(request, import_id, every_fault=True)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="bad-rows.csv"'
    rows = csv.writer(answer)
    rows.writerow(["line", "column", "why"])
    rows.writerows([fault.line, cell(fault.column), cell(fault.why)] for fault in opened.faults)
    return answer


@require_safe
@login_required
@never_cache
def export_progress(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """How far an export is: a part of its page."""
    try:
        found = looks.progress(import_id, by=asker.from_request(request), at=timezone.now())
    except ObjectDoesNotExist:
        raise Http404 from None
    answer = render(request, "audit/_elsewhere_progress.html", {"export": found})
    if found.state not in ("waiting", "running"):
        answer["HX-Refresh"] = "true"
    return answer


def _opened(request: HttpRequest, import_id: UUID, *, every_fault: bool = False) -> looks.OpenedImport:
    try:
        return looks.see_import(import_id, by=asker.from_request(request), at=timezone.now(), every_fault=every_fault)
    except ObjectDoesNotExist:
        raise Http404 from None


def _act(
    request: HttpRequest, system_id: int, verb: Callable[..., Any], form: AccountForm | None = None
) -> HttpResponse:
    try:
        verb(by=asker.from_request(request), at=timezone.now())
    except ObjectDoesNotExist:
        raise Http404 from None
    except Refused as error:
        return _system_page(request, system_id, error, form=form)
    messages.success(request, "On record.")
    return redirect("audit:elsewhere_system", system_id)


def _system_page(
    request: HttpRequest, system_id: int, refused: Refused | None = None, *, form: AccountForm | None = None
) -> HttpResponse:
    try:
        opened = looks.see_system(system_id, by=asker.from_request(request), at=timezone.now())
    except ObjectDoesNotExist:
        raise Http404 from None
    context = {"opened": opened, "row": opened.row, "system": opened.row.system, "form": form or AccountForm()}
    return _answer(request, "audit/elsewhere_system.html", context, refused, wrong=bool(form and form.errors))


def _wants_json(request: HttpRequest) -> bool:
    """Whether the page's script sent the form, to show how far the file is."""
    return request.headers.get("Accept", "").startswith("application/json")


def _told(form: HandInForm, refused: Refused | None) -> HttpResponse:
    """Why the file was not taken, for the script to show beside the form."""
    if refused is not None:
        return JsonResponse(refused.as_dict(), status=403)
    faults = []
    for name, words in form.errors.items():
        said = " ".join(str(one) for one in words)
        faults.append(f"{form[name].label}: {said}" if name in form.fields else said)
    return JsonResponse({"reason": " ".join(faults)}, status=400)


def _answer(
    request: HttpRequest, template: str, context: dict[str, Any], refused: Refused | None, *, wrong: bool = False
) -> HttpResponse:
    """A page, or the same with what was refused on top of it."""
    if refused is not None:
        context |= {"refusal": refused.refusal, "record_index": refused.record_index}
    return render(request, template, context, status=403 if refused else 400 if wrong else 200)
