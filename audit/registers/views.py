"""Pages of the registers that queries are held against."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from audit import asker
from audit.registers import keeping
from audit.registers.forms import FileForm, PlateForm
from audit.registers.keeping import Register
from audit.registers.rows import BadRows
from audit.text_files import Unfit


@require_safe
@login_required
@never_cache
def registers(request: HttpRequest) -> HttpResponse:
    """What the registers hold, and the forms that feed them."""
    return _page(request)


@require_POST
@login_required
@never_cache
def take_in_cases(request: HttpRequest) -> HttpResponse:
    """Take in the records system's export of cases."""
    return _take_in(request, Register.CASES, "cases_form")


@require_POST
@login_required
@never_cache
def take_in_hours(request: HttpRequest) -> HttpResponse:
    """Take in the duty plan."""
    return _take_in(request, Register.DUTY_HOURS, "hours_form")


@require_POST
@login_required
@never_cache
def add_plate(request: HttpRequest) -> HttpResponse:
    """Put a member's plate on file."""
    form = PlateForm(request.POST)
    if form.is_valid():
        try:
            keeping.add_plate(**form.cleaned_data, by=asker.from_request(request), at=timezone.now())
        except keeping.AlreadyThere:
            form.add_error("plate", "This plate is on file for this person.")
        else:
            messages.success(request, "On file, as a digest.")
            return redirect("audit:registers")
    return _page(request, status=400, plate_form=form)


@require_POST
@login_required
@never_cache
def end_plate(request: HttpRequest, entry_id: int) -> HttpResponse:
    """End the entry of a member's plate."""
    try:
        keeping.end_plate(entry_id, by=asker.from_request(request), at=timezone.now())
    except keeping.EntryNotFound:
        raise Http404 from None
    messages.success(request, "Ended. It stays on file as ended and flags nothing any more.")
    return redirect("audit:registers")


def _take_in(request: HttpRequest, register: Register, name: str) -> HttpResponse:
    form = FileForm(request.POST, request.FILES, prefix=name)
    trouble: dict[str, Any] = {}
    if form.is_valid():
        try:
            count = keeping.take_in(
                register, form.cleaned_data["file"], by=asker.from_request(request), at=timezone.now()
            )
        except Unfit as unfit:
            form.add_error("file", f"Nothing was taken in. {unfit.reason}")
        except BadRows as bad:
            trouble = {"bad": bad, "bad_register": register.value}
            form.add_error("file", "Nothing was taken in: the rows below are wrong.")
        else:
            messages.success(request, f"Taken in: {count:,} {register.value}.")
            return redirect("audit:registers")
    return _page(request, status=400, **{name: form}, **trouble)


def _page(request: HttpRequest, *, status: int = 200, **given: Any) -> HttpResponse:
    forms: dict[str, Form] = {
        "cases_form": FileForm(prefix="cases_form"),
        "hours_form": FileForm(prefix="hours_form"),
        "plate_form": PlateForm(),
    }
    now = timezone.now()
    page = keeping.overview(by=asker.from_request(request), at=now)
    return render(request, "audit/registers.html", {"page": page, "now": now} | forms | given, status=status)
