"""Pages of hot lists and their files: all lists, one list, one plate on it; hand in, follow, stop, bad rows."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from audit import asker
from audit.refusals import Refused
from hotlists.imports import hand_in as engine
from hotlists.list_forms import HandInForm, ListForm, LookUpForm
from hotlists.lists import bad_rows, handing, looks, receive
from hotlists.models import HotList


@require_safe
@login_required
@never_cache
def lists(request: HttpRequest) -> HttpResponse:
    """Every list with how it stands; what is out of date stands first."""
    page = looks.list_lists(by=asker.from_request(request), at=timezone.now())
    return render(request, "hotlists/lists.html", {"page": page})


@require_safe
@login_required
@never_cache
def hot_list(request: HttpRequest, hot_list_id: int) -> HttpResponse:
    """One list: how it stands, what is on it, its imports."""
    return list_page(request, hot_list_id)


@require_POST
@login_required
@never_cache
def look_up(request: HttpRequest, hot_list_id: int) -> HttpResponse:
    """What stands on the list for one plate. By POST: no plate in an address."""
    form = LookUpForm(request.POST)
    plate = form.cleaned_data["plate"] if form.is_valid() else ""
    return list_page(request, hot_list_id, plate=plate, look_up_form=form)


@csrf_exempt  # checked in _hand_in, once it is settled where the file goes: the check reads the whole form
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def hand_in(request: HttpRequest, hot_list_id: int) -> HttpResponse:
    """The form a file is handed in with; POST hands it in."""
    by, at = asker.from_request(request), timezone.now()
    try:
        wanted = handing.list_for(hot_list_id, by=by, at=at)
    except HotList.DoesNotExist:
        raise Http404 from None
    if request.method != "POST":
        return _hand_in_page(request, wanted, HandInForm(of=wanted.source))
    try:
        with receive.form_with_file(request) as received:
            return _hand_in(request, wanted, received)
    except receive.NotReceived as wrong:
        return _unfit(request, wanted, _with_error(wanted, wrong.reason), wrong.status)


@csrf_protect
def _hand_in(request: HttpRequest, wanted: HotList, received: receive.ReceivedFile | None) -> HttpResponse:
    form = HandInForm(request.POST, request.FILES, of=wanted.source)
    if not form.is_valid() or received is None:
        return _unfit(request, wanted, form)
    try:
        started = handing.hand_in_received(
            wanted,
            received,
            layout=form.cleaned_data["layout"],
            expect_shrink=form.cleaned_data["expect_shrink"],
            by=asker.from_request(request),
            at=timezone.now(),
        )
    except Refused as refused:
        if _wants_json(request):
            return JsonResponse(refused.as_dict(), status=403)
        facts = {"refusal": refused.refusal, "record_index": refused.record_index}
        return _hand_in_page(request, wanted, form, status=403, **facts)
    address = reverse("hotlists:import", args=[started.pk])
    return JsonResponse({"url": address}, status=201) if _wants_json(request) else redirect(address)


@require_safe
@login_required
@never_cache
def one_import(request: HttpRequest, import_id: int) -> HttpResponse:
    """A file and what became of it."""
    try:
        opened = looks.open_import(import_id=import_id, by=asker.from_request(request), at=timezone.now())
    except looks.NoImport:
        raise Http404 from None
    return render(request, "hotlists/import_detail.html", {"opened": opened, "import": opened.of})


@require_GET
@login_required
@never_cache
def import_progress(request: HttpRequest, import_id: int) -> HttpResponse:
    """How far a file is, for the page that shows it; when it has ended, the page is to be fetched anew."""
    try:
        found = looks.progress(import_id=import_id, by=asker.from_request(request), at=timezone.now())
    except looks.NoImport:
        raise Http404 from None
    response = render(request, "hotlists/_import_progress.html", {"import": found})
    if not handing.is_open(found):
        response["HX-Refresh"] = "true"
    return response


@require_POST
@login_required
@never_cache
def cancel_import(request: HttpRequest, import_id: int) -> HttpResponse:
    """Take a file back before it is live; the list stays as it is."""
    by, at = asker.from_request(request), timezone.now()
    try:
        looks.progress(import_id=import_id, by=by, at=at)
    except looks.NoImport:
        raise Http404 from None
    engine.cancel(import_id, by=by, at=at)
    messages.success(request, "Stopped. The list is as it was.")
    return redirect("hotlists:import", import_id)


@require_GET
@login_required
@never_cache
def rejected(request: HttpRequest, import_id: int) -> StreamingHttpResponse:
    """The bad rows as CSV, to be saved."""
    try:
        rows = bad_rows.rejected_rows(import_id=import_id, by=asker.from_request(request), at=timezone.now())
    except looks.NoImport:
        raise Http404 from None
    headers = {
        "Content-Disposition": f'attachment; filename="bad-rows-{import_id}.csv"',
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8", headers=headers)


def list_page(
    request: HttpRequest, hot_list_id: int, refused: Refused | None = None, plate: str = "", **forms: Any
) -> HttpResponse:
    """The page of one list, with a form of it that has something to put right."""
    try:
        opened = looks.open_list(
            hot_list_id=hot_list_id, by=asker.from_request(request), at=timezone.now(), plate=plate
        )
    except HotList.DoesNotExist:
        raise Http404 from None
    shown = opened.hot_list
    context: dict[str, Any] = {
        "opened": opened,
        "hot_list": shown,
        "look_up_form": LookUpForm(),
        "list_form": ListForm(initial={"name": shown.name, "near": shown.near}),
        "closed_kinds": handing.ENDED,
    } | forms
    if refused is None:
        return render(request, "hotlists/list.html", context)
    context |= {"refusal": refused.refusal, "record_index": refused.record_index}
    return render(request, "hotlists/list.html", context, status=403)


def _hand_in_page(
    request: HttpRequest, wanted: HotList, form: HandInForm, *, status: int = 200, **facts: Any
) -> HttpResponse:
    context = {"hot_list": wanted, "form": form, "most_bytes": receive.most_bytes()} | facts
    return render(request, "hotlists/import_new.html", context, status=status)


def _unfit(request: HttpRequest, wanted: HotList, form: HandInForm, status: int = 422) -> HttpResponse:
    if _wants_json(request):
        reasons = [str(reason) for reasons in form.errors.values() for reason in reasons]
        return JsonResponse({"code": "file.unfit", "reason": " ".join(reasons)}, status=status)
    return _hand_in_page(request, wanted, form, status=status)


def _with_error(wanted: HotList, reason: str) -> HandInForm:
    form = HandInForm({}, {}, of=wanted.source)
    form.is_valid()
    form.errors.clear()
    form.add_error("file", reason)
    return form


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
