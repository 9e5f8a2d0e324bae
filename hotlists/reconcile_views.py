"""Pages about CLETS and NCIC: what does not agree with the entries here, an entry noted, an entry cleared (E.2)."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from audit import asker
from audit.refusals import Refused
from hotlists import operations
from hotlists.forms import SystemForm
from hotlists.models import HotPlate
from hotlists.views import entry_page, may_change, page_number

SHOWN = {
    "clear": "To clear in CLETS/NCIC",
    "missing": "Not in CLETS/NCIC",
    "renewed": "Renewed more than twice",
}


@require_safe
@login_required
@never_cache
def reconcile(request: HttpRequest) -> HttpResponse:
    """What does not agree between the entries here and CLETS/NCIC, in three lists."""
    show = request.GET.get("show", "clear")
    if show not in SHOWN:
        raise Http404
    return _page(request, show)


@require_POST
@login_required
@never_cache
def clear_system_entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Note that the CLETS/NCIC entry was cleared: one press, on the list or on the entry's page."""
    from_list = request.POST.get("from") == "list"
    try:
        operations.clear_system_entry(entry_id=entry_id, by=asker.from_request(request), at=timezone.now())
    except HotPlate.DoesNotExist:
        raise Http404 from None
    except Refused as error:
        return _page(request, "clear", error) if from_list else entry_page(request, entry_id, error)
    messages.success(request, "Noted: its CLETS/NCIC entry is cleared.")
    if from_list:
        return redirect(f"{reverse('hotlists:reconcile')}?show=clear")
    return redirect("hotlists:hot_plate", entry_id)


@require_POST
@login_required
@never_cache
def system_entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Note the plate's CLETS or NCIC entry (E.2)."""
    form = SystemForm(request.POST)
    if not form.is_valid():
        return entry_page(request, entry_id, system_form=form)
    try:
        operations.record_system_entry(
            entry_id=entry_id, by=asker.from_request(request), at=timezone.now(), **form.cleaned_data
        )
    except HotPlate.DoesNotExist:
        raise Http404 from None
    except Refused as error:
        return entry_page(request, entry_id, error, system_form=form)
    messages.success(request, "CLETS/NCIC entry noted.")
    return redirect("hotlists:hot_plate", entry_id)


def _page(request: HttpRequest, show: str, refused: Refused | None = None) -> HttpResponse:
    by, at = asker.from_request(request), timezone.now()
    page = operations.reconcile(show=show, by=by, at=at, page=page_number(request))  # type: ignore[arg-type]
    tabs = [{"key": key, "label": label, "count": page.counts[key]} for key, label in SHOWN.items()]  # type: ignore[index]
    context = {"page": page, "tabs": tabs, "asked": f"show={show}", "may_change": may_change(request)}
    if refused is None:
        return render(request, "hotlists/reconcile.html", context)
    context |= {"refusal": refused.refusal, "record_index": refused.record_index}
    return render(request, "hotlists/reconcile.html", context, status=403)
