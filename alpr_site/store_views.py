"""The page of the store: alarms, partitions, replicas."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from alpr_site.store import open_store
from audit.asker import from_request


@never_cache
@login_required
@require_GET
def store(request: HttpRequest) -> HttpResponse:
    """How the store of reads stands now."""
    shown = open_store(by=from_request(request), at=timezone.now())
    return render(request, "store.html", {"shown": shown, "limit": settings.REPLICA_LAG_SECONDS})
