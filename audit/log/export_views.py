"""Doors of exports and extracts, and the public page with the program that checks them."""

import hashlib
from functools import lru_cache
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from audit import paper
from audit.asker import from_request
from audit.log import export, export_build, export_opening, extract
from audit.log.export_folder import VERIFIER
from audit.log.export_forms import ExportForm, ExtractForm
from audit.log.export_source import NoCheckpoint
from audit.log.rules_export import FILE_KEPT, PURPOSES
from audit.models import LedgerExport
from audit.refusals import Refused

UNFINISHED = (LedgerExport.Status.WAITING, LedgerExport.Status.MAKING)


@never_cache
@login_required
@require_GET
def exports(request: HttpRequest) -> HttpResponse:
    """The exports made so far, and the way to a new one."""
    listed = export_opening.list_exports(by=from_request(request), at=timezone.now())
    return render(request, "audit/export_list.html", {"exports": listed, "days": FILE_KEPT.days})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def new_export(request: HttpRequest) -> HttpResponse:
    """Ask for an export."""
    by, at = from_request(request), timezone.now()
    if request.method == "GET":
        export_opening.list_exports(by=by, at=at)
        return render(request, "audit/export_new.html", {"form": ExportForm()})
    form = ExportForm(request.POST)
    if not form.is_valid():
        return render(request, "audit/export_new.html", {"form": form}, status=422)
    try:
        made = export.ask_export(by=by, at=at, wanted=form.wanted())
    except Refused as refused:
        context = {"form": form, "refusal": refused.refusal, "record_index": refused.record_index}
        return render(request, "audit/export_new.html", context, status=403)
    export_build.start(made, at=at)
    return redirect("audit:ledger_export", made.pk)


@never_cache
@login_required
@require_GET
def export_detail(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """One export: how far it is, its file, and every record about it."""
    try:
        opened = export_opening.open_export(by=from_request(request), at=timezone.now(), export_id=export_id)
    except export_opening.ExportNotFound as error:
        raise Http404 from error
    made = opened.export
    context = {
        "opened": opened,
        "export": made,
        "purpose": PURPOSES.get(made.purpose, made.purpose),
        "unfinished": made.status in UNFINISHED,
        "kept_until": made.ready_at + FILE_KEPT if made.ready_at else None,
        "hidden": [export.HIDDEN_GROUPS.get(start, start) for start in made.hidden_acts],
    }
    return render(request, "audit/export_detail.html", context)


@never_cache
@login_required
@require_GET
def export_status(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """How far an own export is: two numbers for the page that waits. No data is in them, so it is no look."""
    made = LedgerExport.objects.filter(pk=export_id, asked_by=from_request(request).member).first()
    if made is None:
        raise Http404
    if made.status not in UNFINISHED:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "audit/export_progress.html", {"export": made})


@never_cache
@login_required
@require_POST
def export_file(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """The file, streamed once its record is written."""
    try:
        fetched = export_opening.fetch_export(by=from_request(request), at=timezone.now(), export_id=export_id)
    except export_opening.ExportNotFound as error:
        raise Http404 from error
    except export_opening.ExportDamaged:
        messages.error(request, "The stored file is not the one that was made. It was not handed out.")
        return redirect("audit:ledger_export", export_id)
    made = fetched.export
    return FileResponse(
        fetched.file,
        as_attachment=True,
        filename=f"ledger-{made.first}-{made.last}.zip",
        content_type="application/zip",
        headers={"X-Content-Type-Options": "nosniff"},
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def new_extract(request: HttpRequest) -> HttpResponse:
    """Release a few records at once, as paper or for programs."""
    by, at = from_request(request), timezone.now()
    if request.method == "GET":
        export_opening.list_exports(by=by, at=at)
        index = request.GET.get("record", "")
        form = ExtractForm(initial={"records": index if index.isascii() and index.isdigit() else "", "form": "pdf"})
        return render(request, "audit/export_extract.html", {"form": form})
    form = ExtractForm(request.POST)
    if not form.is_valid():
        return render(request, "audit/export_extract.html", {"form": form}, status=422)
    given = form.cleaned_data
    release = extract.Release(given["purpose"], given["reason"], given["recipient"], given["withheld_fields"])
    try:
        made = extract.make_extract(by=by, at=at, indexes=given["records"], release=release)
        if given["form"] == "json":
            return _file(made.json(), "application/json", "json", made)
        site = f"{request.scheme}://{request.get_host()}"
        pdf = extract.as_pdf(made, at=at, verifier_sha256=verifier()[1], site=site)
    except Refused as refused:
        context = {"form": form, "refusal": refused.refusal, "record_index": refused.record_index}
        return render(request, "audit/export_extract.html", context, status=403)
    except NoCheckpoint as error:
        return render(request, "audit/export_extract.html", {"form": form, "no_checkpoint": str(error)}, status=503)
    except paper.PaperError:
        context = {"form": form, "no_paper": True}
        return render(request, "audit/export_extract.html", context, status=503)
    return _file(pdf, "application/pdf", "pdf", made)


@require_safe
def verifier_page(request: HttpRequest) -> HttpResponse:
    """For anyone: the program, its hash, and how to use it."""
    _, digest, lines = verifier()
    return render(request, "audit/export_verifier.html", {"sha256": digest, "lines": lines})


@require_safe
def verifier_file(request: HttpRequest) -> HttpResponse:
    """The program itself."""
    headers = {
        "Content-Disposition": 'attachment; filename="platekeeper_verify.py"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(verifier()[0], content_type="text/x-python; charset=utf-8", headers=headers)


@lru_cache(maxsize=1)
def verifier() -> tuple[bytes, str, int]:
    """The program's bytes, their SHA-256 and how many lines it has."""
    content = VERIFIER.read_bytes()
    return content, hashlib.sha256(content).hexdigest(), content.count(b"\n")


def _file(content: bytes, content_type: str, ending: str, made: extract.Extract) -> HttpResponse:
    name = f"ledger-extract-{made.record_index}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=content_type, headers=headers)
