"""Doors of the known machines."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from audit import asker, devices
from audit.devices import classes, terminals
from audit.devices.forms import CodeForm, ExemptionForm, TerminalForm
from audit.devices.rules import WORDS
from audit.models import Terminal
from audit.signin import sessions


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def terminal_list(request: HttpRequest) -> HttpResponse:
    """All machines with their codes' ends; POST puts one on the list and shows its code once."""
    at, by = timezone.now(), asker.from_request(request)
    form, made = TerminalForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        made = terminals.add(**form.cleaned_data, by=by, at=at)
        form = TerminalForm()
    return _page(request, by, form, made)


@require_POST
@never_cache
@login_required
def fresh_code(request: HttpRequest, terminal_id: UUID) -> HttpResponse:
    """A further code for a machine, shown once."""
    by = asker.from_request(request)
    try:
        made = terminals.fresh_code(terminal_id=terminal_id, by=by, at=timezone.now())
    except Terminal.DoesNotExist as error:
        raise Http404 from error
    return _page(request, by, TerminalForm(), made)


@require_POST
@login_required
def retire(request: HttpRequest, terminal_id: UUID) -> HttpResponse:
    """Take a machine off the list."""
    try:
        gone = terminals.retire(terminal_id=terminal_id, by=asker.from_request(request), at=timezone.now())
    except Terminal.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, f"{gone.name} is not known any more.")
    return HttpResponseRedirect(reverse("audit:terminals"))


@require_POST
@login_required
def exempt(request: HttpRequest, terminal_id: UUID) -> HttpResponse:
    """Exempt a machine from the idle limit, or end that."""
    form = ExemptionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say why in at most 200 characters.")
        return HttpResponseRedirect(reverse("audit:terminals"))
    try:
        changed = terminals.set_exemption(
            terminal_id=terminal_id, **form.cleaned_data, by=asker.from_request(request), at=timezone.now()
        )
    except Terminal.DoesNotExist as error:
        raise Http404 from error
    now = "is exempt from" if changed.idle_exempt else "is held to"
    messages.success(request, f"{changed.name} {now} the idle limit.")
    return HttpResponseRedirect(reverse("audit:terminals"))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def enrol(request: HttpRequest) -> HttpResponse:
    """What this machine is known as, and the field for its code."""
    form = CodeForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "terminal": devices.terminal_of(request), "kind": WORDS[devices.device_class(request)]}
        return render(request, "audit/terminal_enrol.html", context)
    by, at = asker.from_request(request), timezone.now()
    terminal, token = terminals.enrol(code=form.cleaned_data["code"], by=by, at=at)
    request.session[sessions.DEVICE], request.session[sessions.TERMINAL] = terminal.device_class, str(terminal.pk)
    messages.success(request, f"This machine is now known as {terminal.name}.")
    response = HttpResponseRedirect(reverse("audit:enrol"))
    classes.give_cookie(response, token)
    return response


def _page(request: HttpRequest, by: asker.Asker, form: TerminalForm, made: tuple[Terminal, str] | None) -> HttpResponse:
    at = timezone.now()
    context = {"terminals": terminals.list_terminals(by=by, at=at), "form": form, "now": at}
    if made is not None:
        context |= {"made": made[0], "code": terminals.shown(made[1])}
    return render(request, "audit/terminals.html", context)
