"""Pages of shares: ask for one, what waits and what was, one of them with its decision and its end."""

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
from audit.refusals import Refused
from hotlists.models import HotList, HotListShare
from hotlists.special import share_looks, shares
from hotlists.special_forms import DecisionForm, ShareForm, WordsForm, known_agencies
from hotlists.special_views import page_of


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def ask(request: HttpRequest, hot_list_id: int) -> HttpResponse:
    """Ask to share a special list, or plates of it, with another agency."""
    by, at = asker.from_request(request), timezone.now()
    try:
        offer = share_looks.offer_share(hot_list_id=hot_list_id, by=by, at=at)
    except HotList.DoesNotExist:
        raise Http404 from None
    form = ShareForm(request.POST or None, plates=offer.plates, profile=offer.profile)
    if not form.is_valid():
        return _ask_page(request, offer, form)
    try:
        made = shares.ask_to_share(form.wanted(hot_list_id, at), by=by, at=at)
    except HotList.DoesNotExist:
        raise Http404 from None
    except Refused as error:
        return _ask_page(request, offer, form, error)
    messages.success(request, "Asked for. Nothing is shared before the division commander approves it.")
    return redirect("hotlists:share", made.pk)


@require_safe
@login_required
@never_cache
def shares_page(request: HttpRequest) -> HttpResponse:
    """The shares one may know of; a commander's own to decide stand first."""
    page = share_looks.list_shares(by=asker.from_request(request), at=timezone.now())
    return render(request, "hotlists/shares.html", {"page": page})


@require_safe
@login_required
@never_cache
def share(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """One share: what, with whom, how long, who decided, who saw."""
    return _share_page(request, share_id)


@require_POST
@login_required
@never_cache
def decide(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """Approve or refuse, in words."""
    form = DecisionForm(request.POST, auto_id="id_decide_%s")
    decision = request.POST.get("decision", "")
    if not form.is_valid() or decision not in HotListShare.Decision.values:
        return _share_page(request, share_id, decision_form=form, status=422)
    try:
        done = shares.decide_share(
            share_id=share_id,
            decision=decision,
            words=form.cleaned_data["words"],
            by=asker.from_request(request),
            at=timezone.now(),
        )
    except HotListShare.DoesNotExist:
        raise Http404 from None
    except Refused as error:
        return _share_page(request, share_id, error, decision_form=form)
    approved = done.decision == HotListShare.Decision.APPROVED
    messages.success(request, "Approved. It ends by itself." if approved else "Refused. Who asked is told.")
    return redirect("hotlists:shares")


@require_POST
@login_required
@never_cache
def end(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """End a share before its time."""
    form = WordsForm(request.POST, auto_id="id_end_%s")
    if not form.is_valid():
        return _share_page(request, share_id, end_form=form, status=422)
    try:
        shares.end_share(
            share_id=share_id, words=form.cleaned_data["words"], by=asker.from_request(request), at=timezone.now()
        )
    except HotListShare.DoesNotExist:
        raise Http404 from None
    except Refused as error:
        return _share_page(request, share_id, error, end_form=form)
    messages.success(request, "Ended. The other agency sees nothing of it any more.")
    return redirect("hotlists:share", share_id)


def _ask_page(
    request: HttpRequest, offer: share_looks.Offer, form: ShareForm, refused: Refused | None = None
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "hot_list": offer.hot_list, "agencies": known_agencies()}
    return page_of(request, "hotlists/share_ask.html", context, refused)


def _share_page(
    request: HttpRequest, share_id: UUID, refused: Refused | None = None, status: int = 200, **forms: Any
) -> HttpResponse:
    try:
        opened = share_looks.open_share(share_id=share_id, by=asker.from_request(request), at=timezone.now())
    except HotListShare.DoesNotExist:
        raise Http404 from None
    context: dict[str, Any] = {"opened": opened, "row": opened.row, "share": opened.row.share}
    context |= {"decision_form": DecisionForm(auto_id="id_decide_%s"), "end_form": WordsForm(auto_id="id_end_%s")}
    answer = page_of(request, "hotlists/share.html", context | forms, refused)
    answer.status_code = answer.status_code if refused else status
    return answer
