"""Doors of findings: the list, one finding, the commander's answer, and what a reviewer does with it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from audit.asker import from_request
from audit.models import Finding, User
from audit.refusals import Refused
from audit.review import finding_looks, findings, report, words
from audit.review.flags.flag import TITLES
from audit.review.forms import AnswerForm, CloseForm, SendOnForm

LIST_PAGE = "audit/review_findings.html"
FINDING_PAGE = "audit/review_finding.html"


@never_cache
@login_required
@require_GET
def finding_list(request: HttpRequest) -> HttpResponse:
    """A commander's own findings, or all for a reviewer."""
    at = timezone.now()
    listed = finding_looks.list_findings(by=from_request(request), at=at)
    rows = [_row(one, at) for one in listed.open]
    past = [_row(one, at) for one in listed.closed]
    return render(request, LIST_PAGE, {"listed": listed, "rows": rows, "past": past})


@never_cache
@login_required
@require_GET
def finding(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """One finding with its query."""
    return _page(request, finding_id)


@login_required
@require_POST
def answer(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """The commander's answer."""
    by, at = from_request(request), timezone.now()
    form = AnswerForm(request.POST, finding=_finding(finding_id))

    def put() -> None:
        findings.answer(
            finding_id=finding_id, measure=form.cleaned_data["measure"], words=form.cleaned_data["answer"], by=by, at=at
        )

    return _step(request, finding_id, "answer_form", form, put, "Answered. A reviewer looks at it and closes it.")


@login_required
@require_POST
def close(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """The reviewer's closure."""
    by, at, form = from_request(request), timezone.now(), CloseForm(request.POST)

    def put() -> None:
        findings.close(finding_id=finding_id, words=form.cleaned_data["closing"], by=by, at=at)

    return _step(request, finding_id, "close_form", form, put, "Closed.")


@login_required
@require_POST
def send_on(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """To another commander."""
    by, at = from_request(request), timezone.now()
    form = SendOnForm(request.POST, people=findings.may_answer(_finding(finding_id), at))

    def put() -> None:
        findings.send_on(
            finding_id=finding_id, to=form.cleaned_data["to"], words=form.cleaned_data["why"], by=by, at=at
        )

    return _step(request, finding_id, "send_form", form, put, "Sent on. Both are told.")


def _finding(finding_id: UUID) -> Finding:
    found = Finding.objects.select_related("employee", "raised_by").filter(pk=finding_id).first()
    if found is None:
        raise Http404
    return found


def _row(one: Finding, at: Any) -> dict[str, Any]:
    late = max(1, (at - one.due_at).days) if one.answered_at is None and at > one.due_at else 0
    return {"finding": one, "late": late, "status": report.status(one)}


def _step(
    request: HttpRequest, finding_id: UUID, name: str, form: forms.Form, step: Callable[[], None], done: str
) -> HttpResponse:
    """Do one thing to a finding and go back to it; or its page again, as it was typed, with what is wrong."""
    if not form.is_valid():
        return _page(request, finding_id, status=422, more={name: form, "forms": [form]})
    try:
        step()
    except (Finding.DoesNotExist, User.DoesNotExist) as error:
        raise Http404 from error
    except Refused as refused:
        if refused.refusal.code.startswith("access."):
            raise
        said = {"refusal": refused.refusal, "refused_index": refused.record_index}
        return _page(request, finding_id, status=403, more={name: form} | said)
    messages.success(request, done)
    return redirect("audit:finding", finding_id)


def _page(
    request: HttpRequest, finding_id: UUID, *, status: int = 200, more: dict[str, Any] | None = None
) -> HttpResponse:
    try:
        opened = finding_looks.open_finding(finding_id=finding_id, by=from_request(request), at=timezone.now())
    except Finding.DoesNotExist as error:
        raise Http404 from error
    query = opened.finding.query
    context = {
        "opened": opened,
        "finding": opened.finding,
        "query": query,
        "facts": opened.facts,
        "returned": opened.returned,
        "purpose": words.purpose(opened.facts.purpose, opened.facts.at) if opened.facts else "",
        "elements": words.elements(opened.facts.elements) if opened.facts else [],
        "flags": [(TITLES.get(flag["code"], flag["code"]), flag["words"]) for flag in query.flags] if query else [],
        "measure": findings.MEASURES.get(opened.finding.measure, opened.finding.measure),
        "status": report.status(opened.finding),
        "answer_form": AnswerForm(finding=opened.finding),
        "close_form": CloseForm(),
        "send_form": SendOnForm(people=opened.others),
    }
    return render(request, FINDING_PAGE, context | (more or {}), status=status)
