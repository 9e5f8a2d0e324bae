"""Doors of the ground floor: the auditor's ledger, one record, and the policy in force."""

import json
from datetime import timedelta
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit import asker, reading
from audit.forms import LedgerFilter
from audit.log import checkpoints
from audit.models import LedgerEntry
from audit.verify import head


@require_safe
@login_required
def ledger_list(request: HttpRequest) -> HttpResponse:
    """The ledger, newest first, with filters."""
    form = LedgerFilter(request.GET or None)
    filters = form.filters() if form.is_valid() else reading.Filters()
    page = reading.list_ledger(by=asker.from_request(request), at=timezone.now(), filters=filters)
    kept = {name: value for name, value in filters.as_query().items() if name != "before"}
    older = urlencode(kept | {"before": str(page.before)}) if page.before is not None else ""
    context = {"form": form, "page": page, "older": older, "head": head(), "filtered": bool(kept)}
    context["exposure"] = checkpoints.exposure(timezone.now())
    return render(request, "audit/ledger.html", context, status=400 if form.errors else 200)


@require_safe
@login_required
def ledger_record(request: HttpRequest, index: int) -> HttpResponse:
    """One record in full, with the log verified up to it."""
    try:
        opened = reading.open_record(by=asker.from_request(request), at=timezone.now(), index=index)
    except LedgerEntry.DoesNotExist:
        raise Http404 from None
    clear = getattr(opened.entry, "clear", None)
    context = {
        "opened": opened,
        "entry": opened.entry,
        "clear": clear,
        "elements": _pairs(clear.query if clear else None),
        "changes": _pairs(clear.detail if clear else None),
        "leaf": opened.entry.leaf().decode(),
        "leaf_hash": bytes(opened.entry.leaf_hash).hex(),
        "root": bytes(opened.entry.root).hex(),
        "covered": checkpoints.covering(index),
        "not_outside_for": max(timezone.now() - opened.entry.recorded_at, timedelta()),
    }
    return render(request, "audit/ledger_record.html", context)


def _pairs(text: str | None) -> list[tuple[str, str]]:
    """The elements of a JSON object as label and text, for a list of facts."""
    if not text:
        return []
    rows = json.loads(text).items()
    return [(key.replace("_", " "), value if isinstance(value, str) else json.dumps(value)) for key, value in rows]
