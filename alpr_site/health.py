"""/readyz: each part the product needs, by name, with how it is; and the alarms of the store. No plate data."""

from collections.abc import Callable
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from alpr_site import store
from audit import alarms as standing

WORKER_PULSE = "pk:pulse:worker"
BEAT_PULSE = "pk:pulse:beat"
# Beat sends a pulse every 30 s and a worker answers it; twice that and a little means silence.
SILENCE = timedelta(seconds=75)


def broker() -> redis.Redis:
    """A short-tempered client of the broker: two seconds, then an error."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def ready(request: HttpRequest) -> HttpResponse:
    """200 when every part answers, else 503; the body names each part, and what needs an administrator soon."""
    parts = {name: _state(check) for name, check in CHECKS.items()}
    sound = all(state == "ok" for state in parts.values())
    answer = {"ready": sound, "parts": parts, "alarms": alarms()}
    return JsonResponse(answer, status=200 if sound else 503)


def alarms() -> list[str]:
    """Alarms that left the process and stand, and the store's. They do not make the product unready: it works, and
    would not work better elsewhere."""
    told = [f"{alarm.code} since {alarm.since.isoformat()}: {alarm.words}" for alarm in standing.latest()]
    try:
        return told + store.alarms(timezone.now())
    except DatabaseError as error:
        return [*told, f"the store cannot be asked: {type(error).__name__}"]
    finally:
        connection.close()


def _state(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the part is not ready and the name of the error says why
        return f"failed: {type(error).__name__}"
    finally:
        connection.close()


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def ledger() -> str:
    """Whether the serving role may append to the ledger (and may not change it)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege('audit_ledgerentry', 'INSERT'),"
            " (SELECT bool_and(has_function_privilege(p.oid, 'EXECUTE')) FROM pg_proc p"
            "  WHERE p.proname IN ('audit_ledger_head', 'audit_ledger_append')),"
            " has_table_privilege('audit_ledgerentry', 'UPDATE')"
        )
        insert, execute, update = cursor.fetchone()
    if not (insert and execute):
        return "failed: the ledger cannot be written"
    return "ok" if not update else "failed: the serving role may change the ledger"


def broker_answers() -> str:
    broker().ping()
    return "ok"


def _pulse(key: str) -> str:
    beaten = broker().get(key)
    if beaten is None:
        return "failed: no pulse yet"
    age = timezone.now() - datetime.fromisoformat(str(beaten, "ascii") if isinstance(beaten, bytes) else beaten)
    return "ok" if age < SILENCE else f"failed: silent for {age.total_seconds():.0f} s"


def worker() -> str:
    return _pulse(WORKER_PULSE)


def beat() -> str:
    return _pulse(BEAT_PULSE)


CHECKS: dict[str, Callable[[], str]] = {
    "database": database,
    "broker": broker_answers,
    "worker": worker,
    "beat": beat,
    "ledger": ledger,
}
