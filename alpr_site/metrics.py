"""/metrics: a handful of figures as Prometheus text, for this machine or whoever holds the token. No plate, no name.

Written by hand: every value is read when it is asked for, so there is nothing to count in a process (docs/adr/0011).
"""

import hmac
import ipaddress
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from audit import alarms, verify
from audit.actions import Action
from audit.asker import address_of
from audit.models import LedgerEntry

Sample = tuple[str, str, str, float]  # name, help, labels, value


def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, or 403 for whoever is neither on this machine nor holds the token."""
    if not _may_read(request):
        return HttpResponse("not for you\n", status=403, content_type="text/plain")
    at = timezone.now()
    try:
        samples = _ledger(at) + [("platekeeper_database_up", "1 where the database answers", "", 1)]
    except DatabaseError:
        samples = [("platekeeper_database_up", "1 where the database answers", "", 0)]
    finally:
        connection.close()
    body = "".join(_text(samples + _alarms(at)))
    return HttpResponse(body, content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_read(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN:
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    try:
        forwarded = "X-Forwarded-For" in request.headers  # through a proxy, every caller comes from this machine
        return not forwarded and ipaddress.ip_address(address_of(request)).is_loopback
    except ValueError:
        return False


def _ledger(at: datetime) -> list[Sample]:
    from audit.log import checkpoints

    head, seen = verify.head(), checkpoints.exposure(at)
    window = seen.window.total_seconds()
    found: list[Sample] = [
        ("platekeeper_ledger_size", "Records in the ledger", "", head.size),
        ("platekeeper_ledger_covered_size", "Records a checkpoint outside covers", "", seen.size_covered),
        ("platekeeper_ledger_exposure_seconds", "Age of the oldest record no outside place covers", "", window),
    ]
    if seen.age is not None:
        words = "Age of the last checkpoint that an outside place took"
        found.append(("platekeeper_ledger_checkpoint_age_seconds", words, "", seen.age.total_seconds()))
    last = LedgerEntry.objects.filter(action=Action.LEDGER_VERIFY).order_by("-index").first()
    if last is not None:
        words = "Time since the whole ledger was last verified"
        age = (at - last.recorded_at).total_seconds()
        found.append(("platekeeper_ledger_verification_age_seconds", words, "", age))
    return found


def _alarms(at: datetime) -> list[Sample]:
    words = "How long an alarm has stood"
    found: list[Sample] = [("platekeeper_alarms", "Alarms that stand", "", len(alarms.latest()))]
    for alarm in alarms.latest():
        label = f'{{code="{alarm.code}"}}'
        found.append(("platekeeper_alarm_seconds", words, label, (at - alarm.since).total_seconds()))
    return found


def _text(samples: list[Sample]) -> list[str]:
    lines, told = [], set()
    for name, words, label, value in samples:
        if name not in told:
            told.add(name)
            lines.append(f"# HELP {name} {words}\n# TYPE {name} gauge\n")
        lines.append(f"{name}{label} {value:.15g}\n")
    return lines
