"""Doors of purges: the list, a plan, its approval and run, a certificate, and the question about one read."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from audit import paper, policy
from audit.asker import from_request
from audit.models import User
from audit.refusals import Refusal, Refused
from detections.models import PurgeApproval, PurgeCertificate, PurgePlan
from detections.retention import approvals, certificates, execute, looks, plan, sheet, tasks
from detections.retention import prove as proving
from detections.retention.forms import ApprovalForm, PlanApprovalForm, ProveForm
from detections.rules.retention import APPROVAL_MISSING, wanted_approvals
from detections.rules.searches import in_words


@never_cache
@login_required
@require_GET
def purges(request: HttpRequest) -> HttpResponse:
    """Plans, what the next nightly run would do with single reads, and certificates."""
    shown = looks.overview(by=from_request(request), at=timezone.now())
    context = {
        "shown": shown,
        "form": ApprovalForm(wanted=shown.missing or shown.wanted),
        "refusal": _as_forecast(shown.refusal, may_approve=shown.may_approve, what="The nightly removal"),
        "ceiling": in_words(shown.terms.ceiling) or "not decided",
        "floor": in_words(shown.terms.floor) or "none",
        "ahead": plan.AHEAD.days,
    }
    return render(request, "detections/purge_list.html", context)


@login_required
@require_POST
def approve_purges(request: HttpRequest) -> HttpResponse:
    """Approve the removal of single expired reads for seven days."""
    at = timezone.now()
    form = ApprovalForm(request.POST, wanted=wanted_approvals(policy.in_force(at)))
    if not form.is_valid():
        messages.error(request, "Choose whose approval this is.")
        return redirect("detections:purges")
    given = approvals.approve(by=from_request(request), at=at, **form.cleaned_data)
    messages.success(request, f"Approved until {timezone.localtime(given.valid_until):%b %-d, %Y}.")
    return redirect("detections:purges")


@login_required
@require_POST
def plan_purges(request: HttpRequest) -> HttpResponse:
    """Ask for the plans of all that is due in the next weeks; the workers make them."""
    asked = plan.ask(by=from_request(request), at=timezone.now())
    if not asked:
        messages.info(request, "Nothing more is due in the next weeks.")
        return redirect("detections:purges")
    _queued(request, tasks.send("make_plans"), "Being planned. Nothing is destroyed before a plan is approved.")
    return redirect("detections:purge_plan", asked[0].pk) if len(asked) == 1 else redirect("detections:purges")


@never_cache
@login_required
@require_GET
def purge_plan(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """What one plan would destroy, what it leaves and why, who approved it."""
    return _plan_page(request, plan_id)


@never_cache
@login_required
@require_GET
def plan_state(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """How far the making is, for the page that waits. No count is in it, so it is no look."""
    found = PurgePlan.objects.only("status", "progress").filter(pk=plan_id).first()
    if found is None:
        raise Http404
    if found.status != PurgePlan.Status.MAKING:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "detections/_purge_progress.html", {"plan": found})


@login_required
@require_POST
def approve_plan(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Approve one plan."""
    by, at = from_request(request), timezone.now()
    form = PlanApprovalForm(request.POST, request.FILES, wanted=wanted_approvals(policy.in_force(at)))
    if not form.is_valid():
        return _plan_page(request, plan_id, form=form, status=422)
    facts = {name: value for name, value in form.cleaned_data.items() if name != "paper"}
    try:
        approvals.approve(by=by, at=at, plan_id=plan_id, paper=form.paper_bytes(), **facts)
    except PurgePlan.DoesNotExist as error:
        raise Http404 from error
    except Refused as refused:
        if refused.refusal.code.startswith("access."):
            raise
        refusal = {"refusal": refused.refusal, "record_index": refused.record_index}
        return _plan_page(request, plan_id, form=form, status=403, more={"approval_refusal": refusal})
    messages.success(request, "Approved.")
    return redirect("detections:purge_plan", plan_id)


@login_required
@require_POST
def plan_again(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Replace a plan by a new one."""
    try:
        made = plan.ask_again(by=from_request(request), at=timezone.now(), plan_id=plan_id)
    except PurgePlan.DoesNotExist as error:
        raise Http404 from error
    _queued(request, tasks.send("make_plans"), "Being planned anew. Approvals of the old plan do not count for it.")
    return redirect("detections:purge_plan", made.pk)


@login_required
@require_POST
def run_plan(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Hand a plan to the workers, to be carried out at once instead of tonight."""
    by, at = from_request(request), timezone.now()
    try:
        shown = looks.open_plan(by=by, at=at, plan_id=plan_id)
    except PurgePlan.DoesNotExist as error:
        raise Http404 from error
    if shown.refusal or not shown.may_approve:
        execute.refuse_run(plan_id=plan_id, by=by, at=at)
    user = cast(User, request.user)
    sent = tasks.send("carry_out", plan_id=str(plan_id), user_id=user.pk, address=by.address, session=by.session)
    _queued(request, sent, "Being carried out. Open this page again in a moment to see the certificate.")
    return redirect("detections:purge_plan", plan_id)


@login_required
@require_GET
def approval_paper(request: HttpRequest, approval_id: int) -> HttpResponseBase:
    """The paper attached to an approval."""
    try:
        file = looks.open_paper(by=from_request(request), at=timezone.now(), approval_id=approval_id)
    except PurgeApproval.DoesNotExist as error:
        raise Http404 from error
    return _download(file, f"approval-{approval_id}.pdf", "application/pdf")


@never_cache
@login_required
@require_GET
def certificate(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """One certificate, read out."""
    shown = _certificate(request, certificate_id)
    return render(request, "detections/purge_certificate.html", {"shown": shown, "told": sheet.told(shown.certificate)})


@never_cache
@login_required
@require_GET
def certificate_json(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """The signed statement with its signature, for machines."""
    found = _certificate(request, certificate_id).certificate
    headers = {"Content-Disposition": f'attachment; filename="purge-{found.pk}.json"'}
    return JsonResponse(certificates.as_json(found), headers=headers, json_dumps_params={"indent": 1})


@never_cache
@login_required
@require_GET
def certificate_pdf(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """The certificate as a sheet of paper."""
    found = _certificate(request, certificate_id).certificate
    try:
        made = sheet.pdf(found)
    except paper.PaperError:
        messages.error(request, "The sheet could not be made. The certificate itself is whole; take the JSON.")
        return redirect("detections:purge_certificate", certificate_id)
    headers = {"Content-Disposition": f'attachment; filename="purge-{found.pk}.pdf"'}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


@never_cache
@login_required
@require_GET
def certificate_ids(request: HttpRequest, certificate_id: UUID) -> HttpResponseBase:
    """The ids of the destroyed reads, 16 bytes each, ascending: what the root was computed over."""
    found = _certificate(request, certificate_id).certificate
    if not found.ids_file or not default_storage.exists(found.ids_file):
        raise Http404
    file = default_storage.open(found.ids_file, "rb")
    return _download(file, f"purge-{found.pk}.ids", "application/octet-stream")


@never_cache
@login_required
@require_GET
def prove(request: HttpRequest) -> HttpResponse:
    """Was this read destroyed? The question, and the answer with its proof."""
    by, at = from_request(request), timezone.now()
    asked = "read" in request.GET
    form = ProveForm(request.GET if asked else None)
    answer = None
    if asked and form.is_valid():
        answer = proving.prove_destroyed(read_id=form.cleaned_data["read"], by=by, at=at)
    elif not asked or not form.is_valid():
        looks.may_ask(by=by, at=at)
    status = 422 if asked and answer is None else 200
    return render(request, "detections/purge_prove.html", {"form": form, "answer": answer}, status=status)


@never_cache
@login_required
@require_GET
def prove_json(request: HttpRequest) -> HttpResponse:
    """The answer for machines, with the complete proof."""
    form = ProveForm(request.GET)
    if not form.is_valid():
        return JsonResponse({"code": "request.invalid", "reason": "Give the id of a read as ?read=."}, status=400)
    answer = proving.prove_destroyed(read_id=form.cleaned_data["read"], by=from_request(request), at=timezone.now())
    headers = {"Content-Disposition": f'attachment; filename="proof-{answer.read_id}.json"'}
    return JsonResponse(answer.as_json(), headers=headers, json_dumps_params={"indent": 1})


def _plan_page(
    request: HttpRequest,
    plan_id: UUID,
    *,
    form: PlanApprovalForm | None = None,
    status: int = 200,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    try:
        shown = looks.open_plan(by=from_request(request), at=timezone.now(), plan_id=plan_id)
    except PurgePlan.DoesNotExist as error:
        raise Http404 from error
    context = {
        "shown": shown,
        "plan": shown.plan,
        "form": form or PlanApprovalForm(wanted=shown.missing or shown.wanted),
        "refusal": _as_forecast(shown.refusal, may_approve=shown.may_approve, what="This plan"),
        "ceiling": in_words(shown.plan.ceiling),
        "floor": in_words(shown.plan.floor) or "none",
    }
    return render(request, "detections/purge_plan.html", context | (more or {}), status=status)


def _certificate(request: HttpRequest, certificate_id: UUID) -> looks.CertificateShown:
    try:
        return looks.open_certificate(by=from_request(request), at=timezone.now(), certificate_id=certificate_id)
    except PurgeCertificate.DoesNotExist as error:
        raise Http404 from error


def _download(file: Any, name: str, kind: str) -> FileResponse:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return FileResponse(file, as_attachment=True, filename=name, content_type=kind, headers=headers)


def _queued(request: HttpRequest, sent: bool, words: str) -> None:
    if sent:
        messages.success(request, words)
    else:
        messages.warning(request, "The workers cannot be reached now. The nightly run does it.")


def _as_forecast(refusal: Refusal | None, *, may_approve: bool, what: str) -> dict[str, object] | None:
    """The refusal that a run would meet, in words of what is to come; None when it may run."""
    if refusal is None:
        return None
    approvable = may_approve and refusal.rule == APPROVAL_MISSING
    return {
        "title": f"{what} would destroy nothing now",
        "reason": refusal.reason,
        "citation": refusal.citation,
        "code": refusal.code,
        "next_step": "Approve it below." if approvable else refusal.next_step,
    }
