"""Pages of special lists: all one may know of, one of them, and who sees it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import Group
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import asker
from audit.abilities import Ability
from audit.refusals import Refused
from hotlists.models import HotList
from hotlists.special import grants, lists, looks
from hotlists.special.people import admit
from hotlists.special_forms import GrantGroupForm, GrantPersonForm, GroupForm, ListForm, RevokeForm, WordsForm


@require_safe
@login_required
@never_cache
def special_lists(request: HttpRequest) -> HttpResponse:
    """The special lists the person may know of."""
    page = looks.list_special(by=asker.from_request(request), at=timezone.now())
    return render(request, "hotlists/special_lists.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a special list."""
    by, at = asker.from_request(request), timezone.now()
    if request.method != "POST":
        admit(by, Ability.ASK_HOT_LISTS, at=at)
    form, refused = ListForm(request.POST or None), None
    if form.is_valid():
        try:
            hot_list = lists.ask_for_list(form.wanted(), by=by, at=at)
        except Refused as error:
            refused = error
        else:
            messages.success(request, "Asked for. It takes plates once another person has opened it.")
            return redirect("hotlists:special_list", hot_list.pk)
    return page_of(request, "hotlists/special_ask.html", {"form": form}, refused)


@require_safe
@login_required
@never_cache
def special_list(request: HttpRequest, hot_list_id: int) -> HttpResponse:
    """One special list; its plates for those it is open to."""
    return _list_page(request, hot_list_id)


@require_POST
@login_required
@never_cache
def open_it(request: HttpRequest, hot_list_id: int) -> HttpResponse:
    """Open a list somebody else asked for."""
    said = "Opened. Who asked for it sees it; grant it to the others who need it."
    return _act(request, hot_list_id, "open_form", lists.open_list, said)


@require_POST
@login_required
@never_cache
def close_it(request: HttpRequest, hot_list_id: int) -> HttpResponse:
    """Close a list, or decline to open it."""
    return _act(request, hot_list_id, "close_form", lists.close_list, "Closed. Nothing on it matches any more.")


@require_safe
@login_required
@never_cache
def access(request: HttpRequest, hot_list_id: int) -> HttpResponse:
    """Who sees a special list, and the forms that change it."""
    return _access_page(request, hot_list_id)


@require_POST
@login_required
@never_cache
def change_access(request: HttpRequest, hot_list_id: int, what: str) -> HttpResponse:
    """Grant to a person or a group, or revoke from one. ``what`` is one of the forms of the page."""
    forms: dict[str, Any] = {"person": GrantPersonForm, "group": GrantGroupForm, "revoke": RevokeForm}
    by, at = asker.from_request(request), timezone.now()
    verb = grants.revoke if what == "revoke" else grants.grant
    try:
        seen = looks.see_access(hot_list_id=hot_list_id, by=by, at=at)
    except HotList.DoesNotExist:
        raise Http404 from None
    form = forms[what](request.POST, seen_by=seen)
    if not form.is_valid():
        return _access_page(request, hot_list_id, **{what: form})
    try:
        verb(hot_list_id=hot_list_id, to=form.receiver(), words=form.cleaned_data["words"], by=by, at=at)
    except Refused as error:
        return _access_page(request, hot_list_id, error, **{what: form})
    said = "Revoked. They see nothing of it any more." if what == "revoke" else "Granted. They have been told."
    messages.success(request, said)
    return redirect("hotlists:access", hot_list_id)


@require_POST
@login_required
@never_cache
def set_group(request: HttpRequest, hot_list_id: int) -> HttpResponse:
    """Make a group, or change who is in one."""
    form = GroupForm(request.POST)
    if not form.is_valid():
        return _access_page(request, hot_list_id, new_group=form)
    facts = form.cleaned_data
    try:
        grants.set_group(
            name=facts["name"],
            members=list(facts["members"]),
            words=facts["words"],
            by=asker.from_request(request),
            at=timezone.now(),
        )
    except Refused as error:
        return _access_page(request, hot_list_id, error, new_group=form)
    messages.success(request, "The group has these members now.")
    return redirect("hotlists:access", hot_list_id)


def page_of(
    request: HttpRequest, template: str, context: dict[str, Any], refused: Refused | None = None
) -> HttpResponse:
    """A page, or the same with what was refused on top of it."""
    if refused is None:
        return render(request, template, context)
    context |= {"refusal": refused.refusal, "record_index": refused.record_index}
    return render(request, template, context, status=403)


def _act(request: HttpRequest, hot_list_id: int, name: str, verb: Callable[..., HotList], said: str) -> HttpResponse:
    form = WordsForm(request.POST, auto_id=f"id_{name}_%s")
    again: dict[str, Any] = {name: form}
    if not form.is_valid():
        return _list_page(request, hot_list_id, **again)
    try:
        verb(
            hot_list_id=hot_list_id,
            words=form.cleaned_data["words"],
            by=asker.from_request(request),
            at=timezone.now(),
        )
    except HotList.DoesNotExist:
        raise Http404 from None
    except Refused as error:
        return _list_page(request, hot_list_id, error, **again)
    messages.success(request, said)
    return redirect("hotlists:special_list", hot_list_id)


def _list_page(request: HttpRequest, hot_list_id: int, refused: Refused | None = None, **forms: Any) -> HttpResponse:
    try:
        opened = looks.open_special(hot_list_id=hot_list_id, by=asker.from_request(request), at=timezone.now())
    except HotList.DoesNotExist:
        raise Http404 from None
    context: dict[str, Any] = {"opened": opened, "row": opened.row, "hot_list": opened.row.hot_list}
    context |= {name: WordsForm(auto_id=f"id_{name}_%s") for name in ("open_form", "close_form")}
    return page_of(request, "hotlists/special_list.html", context | forms, refused)


def _access_page(request: HttpRequest, hot_list_id: int, refused: Refused | None = None, **forms: Any) -> HttpResponse:
    by, at = asker.from_request(request), timezone.now()
    try:
        seen = looks.see_access(hot_list_id=hot_list_id, by=by, at=at)
    except HotList.DoesNotExist:
        raise Http404 from None
    context: dict[str, Any] = {"seen": seen, "row": seen.row, "hot_list": seen.row.hot_list}
    if seen.may_grant:
        context |= {"person": GrantPersonForm(seen_by=seen), "group": GrantGroupForm(seen_by=seen)}
        context |= {"revoke": RevokeForm(seen_by=seen), "new_group": GroupForm()}
        context["groups"] = Group.objects.order_by("name")
    return page_of(request, "hotlists/access.html", context | forms, refused)
