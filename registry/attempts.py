"""How many forms are taken: limits in PostgreSQL under a lock, so that no two processes count at the same time."""

import ipaddress
from datetime import datetime, timedelta

from django.db import connection, transaction

from registry.models import SignUpAttempt

PERIOD = timedelta(hours=1)
MOST_BY_ADDRESS = 10
MOST_BY_ALL = 300
_LOCK = 0x52454749  # "REGI"; any number nobody else locks


def admit(address: str, at: datetime) -> bool:
    """Count this attempt and say whether it may go on. Refused ones are not counted: floods leave no rows."""
    source = source_of(address)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        recent = SignUpAttempt.objects.filter(at__gt=at - PERIOD)
        if recent.count() >= MOST_BY_ALL or recent.filter(address=source).count() >= MOST_BY_ADDRESS:
            return False
        SignUpAttempt.objects.create(address=source, at=at)
    return True


def forget(at: datetime) -> int:
    """Remove attempts that count no more; returns how many."""
    return SignUpAttempt.objects.filter(at__lte=at - PERIOD).delete()[0]


def source_of(address: str) -> str:
    """What counts as one source: an IPv4 address, or the /64 network of an IPv6 address, which is one connection."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:45]
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
