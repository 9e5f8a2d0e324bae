"""Doors of the lists of agencies: see them, take in a pasted list after a look at each line, end an entry."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.asker import from_request
from audit.refusals import Refused
from registry.models import PartnerAgency, Sharing
from registry.publishing import agencies
from registry.publishing.agency_names import Line
from registry.publishing.forms import AgencyForm, PasteForm, as_text, confirmed_lines


@login_required
@never_cache
@require_safe
def agency_lists(request: HttpRequest) -> HttpResponse:
    """Both lists as they run."""
    shown = agencies.open_lists(by=from_request(request), at=timezone.now())
    return render(request, "registry/agencies.html", {"shown": shown, "form": PasteForm()})


@login_required
@require_POST
def read_list(request: HttpRequest) -> HttpResponse:
    """The pasted list as it was understood, to be confirmed."""
    by, at = from_request(request), timezone.now()
    form = PasteForm(request.POST)
    if not form.is_valid():
        shown = agencies.open_lists(by=by, at=at)
        return render(request, "registry/agencies.html", {"shown": shown, "form": form}, status=422)
    lines = agencies.propose(form.cleaned_data["text"], by=by, at=at)
    return _confirm_page(request, lines, form.cleaned_data["direction"])


@login_required
@require_POST
def take_in(request: HttpRequest) -> HttpResponse:
    """Take the confirmed lines in."""
    lines, direction = confirmed_lines(request.POST), request.POST.get("direction", "")
    try:
        taken = agencies.take_in(
            lines,
            direction,
            authority=request.POST.get("authority", "").strip()[:150],
            complete=request.POST.get("complete") == "on",
            by=from_request(request),
            at=timezone.now(),
        )
    except Refused as error:
        look = ("Look at this line again.",)
        again = [Line(line.written, line.name, line.state, line.legal_class, line.mark, look) for line in lines]
        return _confirm_page(request, again, direction, error)
    messages.success(
        request,
        f"{taken.entries} entries: {taken.begun} begun, {taken.ended} ended, {taken.new_agencies} new agencies.",
    )
    return redirect("registry:agencies")


@login_required
@require_POST
def end_sharing(request: HttpRequest, sharing_id: int) -> HttpResponse:
    """End one entry."""
    try:
        row = agencies.end_sharing(sharing_id, by=from_request(request), at=timezone.now())
    except Sharing.DoesNotExist:
        raise Http404 from None
    messages.success(request, f"Ended: {row.agency.name}.")
    return redirect("registry:agencies")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def agency(request: HttpRequest, agency_id: int) -> HttpResponse:
    """One agency: its name, class and other ways of writing."""
    by, at = from_request(request), timezone.now()
    shown = agencies.open_lists(by=by, at=at)
    row = next((one for one in shown.agencies if one.pk == agency_id), None)
    if row is None:
        raise Http404
    first = {"name": row.name, "state": row.state, "legal_class": row.legal_class, "aliases": "\n".join(row.aliases)}
    form = AgencyForm(request.POST or None, initial=first)
    context: dict[str, object] = {"agency_row": row, "form": form, "periods": row.sharings.order_by("-starts_at")}
    if request.method != "POST" or not form.is_valid():
        return render(request, "registry/agency.html", context, status=422 if request.method == "POST" else 200)
    try:
        agencies.change_agency(row.pk, form.wanted(), form.other_names(), by=by, at=at)
    except Refused as error:
        context |= {"refusal": error.refusal, "record_index": error.record_index}
        return render(request, "registry/agency.html", context, status=403)
    messages.success(request, "Changed.")
    return redirect("registry:agencies")


def _confirm_page(
    request: HttpRequest, lines: list[Line], direction: str, refused: Refused | None = None
) -> HttpResponse:
    context: dict[str, object] = {
        "lines": lines,
        "as_text": as_text(lines),
        "direction": direction,
        "direction_words": dict(Sharing.Direction.choices).get(direction, ""),
        "classes": PartnerAgency.LegalClass.choices,
        "doubtful": sum(bool(line.doubts) for line in lines),
    }
    if refused:
        context |= {"refusal": refused.refusal, "record_index": refused.record_index}
    return render(request, "registry/agencies_confirm.html", context, status=403 if refused else 200)
