"""The door of the compliance page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from alpr_site.compliance import page
from audit import asker


@require_safe
@login_required
@never_cache
def compliance(request: HttpRequest) -> HttpResponse:
    """Every clause of the orders and what stands behind it."""
    shown = page.look(by=asker.from_request(request), at=timezone.now())
    return render(request, "compliance.html", {"shown": shown})
