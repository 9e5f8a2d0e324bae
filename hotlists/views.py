"""Pages of hot plates. Each resolves its input, makes one call, answers; no address holds a plate."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import asker, gate, policy
from audit.abilities import Ability, abilities_of
from audit.refusals import Refused
from hotlists import operations
from hotlists.entries.rules import lacks_system
from hotlists.forms import FindForm, NarrowForm, RenewForm, SystemForm, WithdrawForm
from hotlists.models import HotPlate

TABS = {"live": "Live", "ended": "Ended", "withdrawn": "Withdrawn"}


@require_safe
@login_required
@never_cache
def hot_plates(request: HttpRequest) -> HttpResponse:
    """Live hot plates by their end; ended and withdrawn ones under their tabs; of one list, of one person."""
    tab = request.GET.get("tab", "live")
    if tab not in TABS:
        raise Http404
    by, at = asker.from_request(request), timezone.now()
    narrow = NarrowForm(request.GET, by=by, at=at)
    if not narrow.is_valid():
        raise Http404
    chosen = narrow.cleaned_data
    page = operations.list_hot_plates(
        tab=tab,  # type: ignore[arg-type]
        by=by,
        at=at,
        page=page_number(request),
        hot_list=chosen["hot_list"].pk if chosen["hot_list"] else None,
        mine=chosen["mine"],
    )
    tabs = [{"key": key, "label": label, "count": page.counts[key]} for key, label in TABS.items()]
    kept = {"hot_list": chosen["hot_list"].pk} if chosen["hot_list"] else {}
    kept |= {"mine": "on"} if chosen["mine"] else {}
    context = {"page": page, "tabs": tabs, "narrow": narrow, "find": FindForm()}
    context |= {"kept": urlencode(kept), "asked": urlencode({"tab": tab} | kept)}
    return render(request, "hotlists/hot_plates.html", context | {"may_enter": _may_enter(request)})


@require_POST
@login_required
@never_cache
def find(request: HttpRequest) -> HttpResponse:
    """The entries of one plate, whatever became of them. The plate is in the form, never in an address."""
    by, at = asker.from_request(request), timezone.now()
    form = FindForm(request.POST)
    found = operations.find_hot_plates(plate=form.cleaned_data["plate"], by=by, at=at) if form.is_valid() else None
    if found is None:
        gate.admit(by, Ability.VIEW_HOT_PLATES, at=at)
    context = {"found": found, "find": form, "may_enter": _may_enter(request)}
    return render(request, "hotlists/found.html", context)


@require_safe
@login_required
@never_cache
def hot_plate(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One entry with its clock, its history and what can be done with it."""
    return entry_page(request, entry_id)


@require_POST
@login_required
@never_cache
def withdraw(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """End an entry before its time."""
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return entry_page(request, entry_id, withdraw_form=form)
    try:
        operations.withdraw_hot_plate(
            entry_id=entry_id, reason=form.cleaned_data["reason"], by=asker.from_request(request), at=timezone.now()
        )
    except HotPlate.DoesNotExist:
        raise Http404 from None
    except Refused as error:
        return entry_page(request, entry_id, error, withdraw_form=form)
    messages.success(request, "Withdrawn. It matches nothing from now on.")
    return redirect("hotlists:hot_plate", entry_id)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def renew(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """A new entry with a new reason in the place of one that ends."""
    by, at = asker.from_request(request), timezone.now()
    form = RenewForm(request.POST or None, profile=policy.in_force(at))
    refused = None
    if form.is_valid():
        try:
            entry = operations.renew_hot_plate(entry_id=entry_id, by=by, at=at, **form.cleaned_data)
        except HotPlate.DoesNotExist:
            raise Http404 from None
        except Refused as error:
            refused = error
        else:
            return _entered(request, entry, "Renewed as a new entry.")
    elif request.method != "POST":
        gate.admit(by, Ability.ENTER_HOT_PLATE, at=at)
    return _form_page(request, "hotlists/renew.html", form, refused, opened=_open(request, entry_id))


def _open(request: HttpRequest, entry_id: UUID) -> operations.OpenedHotPlate:
    try:
        return operations.open_hot_plate(entry_id=entry_id, by=asker.from_request(request), at=timezone.now())
    except HotPlate.DoesNotExist:
        raise Http404 from None


def entry_page(request: HttpRequest, entry_id: UUID, refused: Refused | None = None, **forms: Form) -> HttpResponse:
    opened = _open(request, entry_id)
    context: dict[str, Any] = {
        "opened": opened,
        "may_change": may_change(request) and opened.entry.listed_digest is None,
        "withdraw_form": WithdrawForm(),
        "system_form": SystemForm(),
    }
    return _page(request, "hotlists/hot_plate.html", context | forms, refused)


def _form_page(
    request: HttpRequest, template: str, form: Form, refused: Refused | None, **context: Any
) -> HttpResponse:
    clause = policy.in_force(timezone.now())["hotplate.requires"].citation
    return _page(request, template, {"form": form, "clause": clause, **context}, refused)


def _page(request: HttpRequest, template: str, context: dict[str, Any], refused: Refused | None) -> HttpResponse:
    if refused is None:
        return render(request, template, context)
    context |= {"refusal": refused.refusal, "record_index": refused.record_index}
    return render(request, template, context, status=403)


def _entered(request: HttpRequest, entry: HotPlate, words: str) -> HttpResponse:
    """To the entry's page; the message is kept in the session, so it names no plate."""
    assert entry.expires_at is not None  # noqa: S101 - every entry has an end
    ends = date_format(timezone.localtime(entry.expires_at), "M j, H:i T")
    messages.success(request, f"{words} It ends {ends}.")
    if lacks_system(entry, policy.in_force(entry.effective_from)):
        messages.warning(request, "Enter it into CLETS/NCIC as well and note the entry number here (E.2).")
    return redirect("hotlists:hot_plate", entry.pk)


def page_number(request: HttpRequest) -> int:
    """The page asked for; the first for anything that is no small number."""
    number = request.GET.get("page", "1")
    return int(number) if number.isdecimal() and len(number) < 7 else 1


def may_change(request: HttpRequest) -> bool:
    """Whether the one signed in may change hot plates: a guest sees what is shared and changes nothing (I.2.b)."""
    return _may_enter(request) and not getattr(request.user, "organisation", "")


def _may_enter(request: HttpRequest) -> bool:
    by = asker.from_request(request)
    return by.user is not None and Ability.ENTER_HOT_PLATE in abilities_of(by.user, timezone.now())
