"""Doors of evidence packages."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import policy, signing
from audit.abilities import Ability, abilities_of
from audit.asker import from_request
from audit.models import User
from audit.refusals import Refused
from detections.evidence import build, opening
from detections.evidence.ask import ask_package
from detections.evidence.forms import PackageForm, look_of
from detections.models import EvidencePackage
from detections.read_choice import choose, chosen
from detections.rules.evidence import FILE_KEPT

UNFINISHED = (EvidencePackage.Status.WAITING, EvidencePackage.Status.MAKING)


@never_cache
@login_required
@require_GET
def packages(request: HttpRequest) -> HttpResponse:
    """One's own packages."""
    listed = opening.list_packages(by=from_request(request), at=timezone.now())
    return render(request, "detections/evidence_list.html", {"packages": listed, "days": FILE_KEPT.days})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def new_package(request: HttpRequest) -> HttpResponse:
    """From the ticked reads of a search to a package: what it will be first, then its making."""
    if request.method == "GET":
        return redirect("detections:search")
    by, at = from_request(request), timezone.now()
    search, look = look_of(request.POST.get("search", ""), cast(User, request.user))
    refs = chosen(request.POST.getlist("read"), search_id=search.pk)
    if not refs:
        messages.error(request, "Tick the reads that are evidence first.")
        return redirect("detections:search_page", search.pk)
    profile = policy.in_force(at)
    purpose = profile.purpose(look.purpose)
    making = "make" in request.POST
    form = PackageForm(request.POST if making else None)
    context: dict[str, Any] = {
        "form": form,
        "search": search,
        "tokens": [choose(ref, search.pk) for ref in refs],
        "purpose_label": purpose.label if purpose else look.purpose,
        "days": FILE_KEPT.days,
        "may": Ability.EXPORT_EVIDENCE in abilities_of(cast(User, request.user), at),
    }
    if not making:
        return render(request, "detections/evidence_new.html", context)
    if not form.is_valid():
        return render(request, "detections/evidence_new.html", context, status=422)
    try:
        package = ask_package(by=by, at=at, refs=refs, look=look, handing=form.handing())
    except Refused as refused:
        context |= {"refusal": refused.refusal, "record_index": refused.record_index}
        return render(request, "detections/evidence_new.html", context, status=403)
    except signing.SigningUnavailable:
        return render(request, "detections/evidence_new.html", context | {"no_key": True}, status=503)
    build.start(package, at=at)
    return redirect("detections:evidence_package", package.pk)


@never_cache
@login_required
@require_GET
def package_detail(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """One own package: where it stands, its hashes, its custody, and what to do with it. Anyone else gets 404."""
    at = timezone.now()
    try:
        opened = opening.open_package(by=from_request(request), at=at, package_id=package_id)
    except opening.PackageNotFound as error:
        raise Http404 from error
    return _page(request, opened)


@never_cache
@login_required
@require_GET
def package_status(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """How far the making is: a few words for the page that waits. No data is in them, so it is no look."""
    package = opening.own(from_request(request), package_id)
    if package is None:
        raise Http404
    if package.status not in UNFINISHED:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"package": package, "done": build.progress(package)}
    return render(request, "detections/_evidence_progress.html", context)


@never_cache
@login_required
@require_POST
def fetch(request: HttpRequest, package_id: UUID) -> HttpResponseBase:
    """The file, streamed once its record is written."""
    by, at = from_request(request), timezone.now()
    try:
        fetched = opening.fetch_package(by=by, at=at, package_id=package_id)
    except opening.PackageNotFound as error:
        raise Http404 from error
    except opening.PackageDamaged:
        messages.error(request, "The stored file is not the one that was sealed. It was not handed out.")
        return redirect("detections:evidence_package", package_id)
    name = f"evidence-{fetched.package.pk}.zip"
    return FileResponse(
        fetched.file,
        as_attachment=True,
        filename=name,
        content_type="application/zip",
        headers={"X-Content-Type-Options": "nosniff"},
    )


@login_required
@require_GET
def public_key(request: HttpRequest) -> HttpResponse:
    """The public half of the agency's signing key, to be published and compared."""
    try:
        pem = signing.public_key_pem()
    except signing.SigningUnavailable as error:
        raise Http404 from error
    headers = {"Content-Disposition": f'attachment; filename="agency-key-{signing.key_id()}.pem"'}
    return HttpResponse(pem, content_type="application/x-pem-file", headers=headers)


def _page(request: HttpRequest, opened: opening.OpenedPackage) -> HttpResponse:
    package = opened.package
    context = {
        "opened": opened,
        "package": package,
        "purpose_label": _purpose_label(package),
        "unfinished": package.status in UNFINISHED,
        "done": build.progress(package) if package.status in UNFINISHED else 0,
        "kept_until": package.ready_at + FILE_KEPT if package.ready_at else None,
    }
    return render(request, "detections/evidence_detail.html", context)


def _purpose_label(package: EvidencePackage) -> str:
    purpose = policy.in_force(package.asked_at).purpose(package.purpose)
    return purpose.label if purpose else package.purpose
