"""The page of how long the steps of hits take."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from audit.asker import from_request
from detections.hits import timing


@login_required
@never_cache
@require_GET
def hit_times(request: HttpRequest) -> HttpResponse:
    """Medians and ninetieth percentiles of a period, and what waits now. No plates."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(number) for number in timing.DAYS} else 7
    found = timing.open_timing(by=from_request(request), at=timezone.now(), days=days)
    periods = [(number, "24 hours" if number == 1 else f"{number} days", number == days) for number in timing.DAYS]
    return render(request, "detections/hit_times.html", {"timing": found, "periods": periods})
