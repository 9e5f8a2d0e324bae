"""Pages of sources and their keys, and making and changing lists: for those who manage hot lists."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import asker
from audit.refusals import Refused
from hotlists.list_forms import KeyForm, ListForm, NewListForm, SourceForm
from hotlists.list_views import list_page
from hotlists.lists import folder, keys, looks, managing, sources
from hotlists.models import HotList, HotListSource, SourceKey


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def new_list(request: HttpRequest) -> HttpResponse:
    """A new ordinary list."""
    by, at = asker.from_request(request), timezone.now()
    if request.method != "POST":
        managing.admit(by, at=at)
    form = NewListForm(request.POST or None, initial={"source": request.GET.get("source", "")[:20]})
    refused = None
    if form.is_valid():
        facts = dict(form.cleaned_data)
        try:
            made = sources.create_list(source_id=facts.pop("source").pk, by=by, at=at, **facts)
        except Refused as error:
            refused = error
        else:
            messages.success(request, f"{made.name} is there. Hand in its first file.")
            return redirect("hotlists:list", made.pk)
    return _page(request, "hotlists/new_list.html", {"form": form}, refused)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def new_source(request: HttpRequest) -> HttpResponse:
    """A new source."""
    by, at = asker.from_request(request), timezone.now()
    if request.method != "POST":
        managing.admit(by, at=at)
    form = SourceForm(request.POST or None)
    refused = None
    if form.is_valid():
        try:
            made = sources.create_source(form.facts(), by=by, at=at)
        except Refused as error:
            refused = error
        else:
            messages.success(request, f"{made.name} is there. Make its list next.")
            return redirect(f"{reverse('hotlists:new_list')}?source={made.pk}")
    return _page(request, "hotlists/new_source.html", {"form": form}, refused)


@require_safe
@login_required
@never_cache
def source(request: HttpRequest, source_id: int) -> HttpResponse:
    """One source: its settings, lists, folder and keys."""
    return _source_page(request, source_id)


@require_POST
@login_required
@never_cache
def change_source(request: HttpRequest, source_id: int) -> HttpResponse:
    """Change what is on file about a source."""
    form = SourceForm(request.POST)
    if not form.is_valid():
        return _source_page(request, source_id, source_form=form)
    try:
        sources.change_source(
            source_id=source_id, facts=form.facts(), by=asker.from_request(request), at=timezone.now()
        )
    except HotListSource.DoesNotExist:
        raise Http404 from None
    except Refused as error:
        return _source_page(request, source_id, error, source_form=form)
    messages.success(request, "Changed. It holds from the next file on.")
    return redirect("hotlists:source", source_id)


@require_POST
@login_required
@never_cache
def change_list(request: HttpRequest, hot_list_id: int) -> HttpResponse:
    """Change a list's name or its possible matches."""
    form = ListForm(request.POST)
    if not form.is_valid():
        return list_page(request, hot_list_id, list_form=form)
    by, at = asker.from_request(request), timezone.now()
    try:
        sources.change_list(hot_list_id=hot_list_id, by=by, at=at, **form.cleaned_data)
    except HotList.DoesNotExist:
        raise Http404 from None
    except Refused as error:
        return list_page(request, hot_list_id, error, list_form=form)
    messages.success(request, "Changed.")
    return redirect("hotlists:list", hot_list_id)


@require_POST
@login_required
@never_cache
def issue_key(request: HttpRequest, source_id: int) -> HttpResponse:
    """Issue a key and show its clear text in this one answer: it is not kept in session, address or database."""
    by, at, form = asker.from_request(request), timezone.now(), KeyForm(request.POST, auto_id="key_%s")
    if not form.is_valid():
        return _source_page(request, source_id, key_form=form)
    life = form.cleaned_data["life"]
    try:
        key, clear = keys.issue_source_key(
            source_id=source_id, name=form.cleaned_data["name"], expires_at=at + life if life else None, by=by, at=at
        )
    except HotListSource.DoesNotExist:
        raise Http404 from None
    except Refused as error:
        return _source_page(request, source_id, error, key_form=form)
    lists = HotList.objects.visible_to(by.member, at).filter(source=source_id).order_by("name")
    addresses = [(one.name, request.build_absolute_uri(_api(one))) for one in lists]
    context = {"source": key.source, "key": key, "clear": clear, "addresses": addresses}
    return render(request, "hotlists/source_key.html", context)


@require_POST
@login_required
@never_cache
def revoke_key(request: HttpRequest, prefix: str) -> HttpResponse:
    """Kill a key at once."""
    try:
        key = keys.revoke_source_key(prefix=prefix, by=asker.from_request(request), at=timezone.now())
    except SourceKey.DoesNotExist:
        raise Http404 from None
    messages.success(request, f"Key {prefix} is revoked. The next request with it is refused.")
    return redirect("hotlists:source", key.source_id)


def _source_page(request: HttpRequest, source_id: int, refused: Refused | None = None, **forms: Form) -> HttpResponse:
    try:
        opened = looks.open_source(source_id=source_id, by=asker.from_request(request), at=timezone.now())
    except HotListSource.DoesNotExist:
        raise Http404 from None
    context: dict[str, Any] = {
        "opened": opened,
        "source": opened.source,
        "source_form": SourceForm(of=opened.source),
        "key_form": KeyForm(auto_id="key_%s"),
        "folder": folder.folder_of(opened.source),
    } | forms
    return _page(request, "hotlists/source.html", context, refused)


def _api(hot_list: HotList) -> str:
    return reverse("hotlists_api:imports", args=[hot_list.pk])


def _page(request: HttpRequest, template: str, context: dict[str, Any], refused: Refused | None) -> HttpResponse:
    if refused is None:
        return render(request, template, context)
    context |= {"refusal": refused.refusal, "record_index": refused.record_index}
    return render(request, template, context, status=403)
