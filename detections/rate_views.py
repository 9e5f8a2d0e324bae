"""The page of misread and stale rates, and the same as a file."""

import csv
import io

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from audit.asker import from_request
from audit.spreadsheet import cell
from detections.hits.rates import FEW, PERIODS, Rate, Rates, open_rates

COLUMNS = ("kind", "name", "wrong", "of", "of_these_not_hits", "share", "low_95", "high_95", "from", "to")


@login_required
@never_cache
@require_GET
def hit_rates(request: HttpRequest) -> HttpResponse:
    """Misreads per camera and stale entries per source, of a period."""
    found = open_rates(by=from_request(request), at=timezone.now(), days=_days(request))
    tables = [
        ("misread", "Misreads by camera", "Camera", "Checked by eye", "Misread", found.cameras, found.every_camera),
        ("stale", "Stale entries by source", "Source", "Verified", "Stale", found.sources, found.every_source),
    ]
    context = {"rates": found, "tables": tables, "periods": PERIODS, "few": FEW}
    return render(request, "detections/hit_rates.html", context)


@login_required
@never_cache
@require_GET
def hit_rates_file(request: HttpRequest) -> HttpResponse:
    """The same numbers as CSV."""
    found = open_rates(by=from_request(request), at=timezone.now(), days=_days(request), form="csv")
    name = f"hit-rates-{found.until:%Y%m%d}-{found.days}-days.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(_as_csv(found), content_type="text/csv; charset=utf-8", headers=headers)


def _as_csv(found: Rates) -> str:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    period = (found.since.isoformat(timespec="seconds"), found.until.isoformat(timespec="seconds"))
    for kind, rates in (
        ("misread", [*found.cameras, found.every_camera]),
        ("stale", [*found.sources, found.every_source]),
    ):
        rows.writerows([kind, *_cells(rate), *period] for rate in rates)
    return out.getvalue()


def _cells(rate: Rate) -> list[str | int]:
    name = cell(rate.name)
    share = f"{rate.share:.4f}" if rate.of else ""
    return [name, rate.wrong, rate.of, rate.missed, share, f"{rate.low:.4f}", f"{rate.high:.4f}"]


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 30
