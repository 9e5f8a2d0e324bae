"""Pages of safeguards and breaches."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import asker
from audit.models import Breach, Safeguard
from audit.refusals import Refused
from audit.safeguards import breaches, keeping
from audit.safeguards.forms import AddedForm, BreachForm, CloseForm, EndForm, ReviewForm, SafeguardForm


@require_safe
@login_required
@never_cache
def safeguard_list(request: HttpRequest) -> HttpResponse:
    """All safeguards, with what the system can show for each."""
    page = keeping.list_safeguards(by=asker.from_request(request), at=timezone.now())
    return render(request, "audit/safeguards.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def safeguard_new(request: HttpRequest) -> HttpResponse:
    """Enter a safeguard."""
    form, refused = SafeguardForm(request.POST or None), None
    if form.is_valid():
        try:
            made = keeping.enter(form.wanted(), by=asker.from_request(request), at=timezone.now())
        except Refused as error:
            refused = error
        else:
            messages.success(request, "Entered.")
            return redirect("audit:safeguard", made.pk)
    elif request.method != "POST":
        keeping.admit_keeper(asker.from_request(request), timezone.now())
    return _answer(request, "audit/safeguard_form.html", {"form": form}, refused)


@require_safe
@login_required
@never_cache
def safeguard(request: HttpRequest, safeguard_id: UUID) -> HttpResponse:
    """One safeguard with its reviews."""
    return _safeguard_page(request, safeguard_id)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def safeguard_change(request: HttpRequest, safeguard_id: UUID) -> HttpResponse:
    """Change what is said of a safeguard."""
    row, may_keep, _ = _found(request, safeguard_id)
    if not may_keep:
        keeping.admit_keeper(asker.from_request(request), timezone.now())
    form, refused = SafeguardForm(request.POST or None, instance=row.safeguard), None
    if form.is_valid():
        try:
            keeping.change(safeguard_id, form.wanted(), by=asker.from_request(request), at=timezone.now())
        except Refused as error:
            refused = error
        else:
            messages.success(request, "Changed. The record keeps what stood before.")
            return redirect("audit:safeguard", safeguard_id)
    return _answer(request, "audit/safeguard_form.html", {"form": form, "safeguard": row.safeguard}, refused)


@require_POST
@login_required
@never_cache
def safeguard_review(request: HttpRequest, safeguard_id: UUID) -> HttpResponse:
    """Put a review on file."""
    form = ReviewForm(request.POST, prefix="review")
    said = "Review on file, with what the system showed."
    return _act(request, safeguard_id, "review_form", form, keeping.review, said)


@require_POST
@login_required
@never_cache
def safeguard_end(request: HttpRequest, safeguard_id: UUID) -> HttpResponse:
    """End a safeguard."""
    form = EndForm(request.POST, prefix="end")
    return _act(request, safeguard_id, "end_form", form, keeping.end, "Ended. It stays on file.")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def breach_list(request: HttpRequest) -> HttpResponse:
    """All breaches, and the form that starts a record."""
    by, at = asker.from_request(request), timezone.now()
    form, refused = BreachForm(request.POST or None), None
    if form.is_valid():
        try:
            made = breaches.record_breach(**form.cleaned_data, by=by, at=at)
        except Refused as error:
            refused = error
        else:
            messages.success(request, "On record. The clock runs.")
            return redirect("audit:breach", made.pk)
    rows, record_index = breaches.list_breaches(by=by, at=at)
    return _answer(request, "audit/breaches.html", {"rows": rows, "form": form, "look": record_index}, refused)


@require_safe
@login_required
@never_cache
def breach(request: HttpRequest, breach_id: UUID) -> HttpResponse:
    """One breach with its clock."""
    return _breach_page(request, breach_id)


@require_POST
@login_required
@never_cache
def breach_add(request: HttpRequest, breach_id: UUID) -> HttpResponse:
    """Add what became known."""
    form = AddedForm(request.POST, prefix="added")
    if not form.is_valid():
        return _breach_page(request, breach_id, added_form=form)
    return _on_breach(
        request, breach_id, "added_form", form, lambda **who: breaches.add(breach_id, form.added(), **who)
    )


@require_POST
@login_required
@never_cache
def breach_close(request: HttpRequest, breach_id: UUID) -> HttpResponse:
    """Close a breach."""
    form = CloseForm(request.POST, prefix="close")
    if not form.is_valid():
        return _breach_page(request, breach_id, close_form=form)
    words = form.cleaned_data["words"]
    return _on_breach(request, breach_id, "close_form", form, lambda **who: breaches.close(breach_id, words, **who))


def _on_breach(
    request: HttpRequest, breach_id: UUID, name: str, form: Any, verb: Callable[..., Breach]
) -> HttpResponse:
    try:
        verb(by=asker.from_request(request), at=timezone.now())
    except Breach.DoesNotExist:
        raise Http404 from None
    except Refused as error:
        return _breach_page(request, breach_id, error, **{name: form})
    messages.success(request, "On record.")
    return redirect("audit:breach", breach_id)


def _breach_page(request: HttpRequest, breach_id: UUID, refused: Refused | None = None, **forms: Any) -> HttpResponse:
    try:
        row, index = breaches.see_breach(breach_id=breach_id, by=asker.from_request(request), at=timezone.now())
    except Breach.DoesNotExist:
        raise Http404 from None
    context = {
        "row": row,
        "look": index,
        "added_form": AddedForm(prefix="added"),
        "close_form": CloseForm(prefix="close"),
    }
    wrong = any(form.errors for form in forms.values())
    return _answer(request, "audit/breach.html", context | forms, refused, wrong=wrong)


def _found(request: HttpRequest, safeguard_id: UUID) -> tuple[keeping.Row, bool, int]:
    try:
        return keeping.see_safeguard(safeguard_id=safeguard_id, by=asker.from_request(request), at=timezone.now())
    except Safeguard.DoesNotExist:
        raise Http404 from None


def _act(
    request: HttpRequest, safeguard_id: UUID, name: str, form: Any, verb: Callable[..., Any], said: str
) -> HttpResponse:
    if not form.is_valid():
        return _safeguard_page(request, safeguard_id, **{name: form})
    try:
        verb(safeguard_id, **form.cleaned_data, by=asker.from_request(request), at=timezone.now())
    except Safeguard.DoesNotExist:
        raise Http404 from None
    except Refused as error:
        return _safeguard_page(request, safeguard_id, error, **{name: form})
    messages.success(request, said)
    return redirect("audit:safeguard", safeguard_id)


def _safeguard_page(
    request: HttpRequest, safeguard_id: UUID, refused: Refused | None = None, **forms: Any
) -> HttpResponse:
    row, may_keep, record_index = _found(request, safeguard_id)
    context = {
        "row": row,
        "may_keep": may_keep and row.safeguard.ended_on is None,
        "look": record_index,
        "review_form": ReviewForm(prefix="review"),
        "end_form": EndForm(prefix="end"),
    }
    wrong = any(form.errors for form in forms.values())
    return _answer(request, "audit/safeguard.html", context | forms, refused, wrong=wrong)


def _answer(
    request: HttpRequest, template: str, context: dict[str, Any], refused: Refused | None, *, wrong: bool = False
) -> HttpResponse:
    """A page, or the same with what was refused on top of it."""
    if refused is not None:
        context |= {"refusal": refused.refusal, "record_index": refused.record_index}
    return render(request, template, context, status=403 if refused else 400 if wrong else 200)
