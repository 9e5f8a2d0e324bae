"""Who is this device? ``Authorization: Bearer <prefix>.<secret>`` to its key, or nobody."""

import re
from datetime import datetime, timedelta

from django.db.models import Q

from cameras.models import Camera, DeviceKey

_BEARER = re.compile(r"Bearer ([A-Za-z0-9]{8}\.[A-Za-z0-9]{32})")
# Compared against when no key has the prefix, so that a wrong prefix takes as long as a wrong secret.
_NOBODY = DeviceKey.objects.key_generator.preferred_hasher.encode("nobody", "")
USED_EVERY = timedelta(minutes=1)


def authenticate(header: str, at: datetime) -> DeviceKey | None:
    """The live key a header names, with its camera loaded; None for anything else.

    Dead at once: a revoked or expired key, one of a retired or a donor's camera. Nothing is cached. One indexed query,
    one SHA-512, compared in constant time; the time of last use is written at most once a minute.
    """
    match = _BEARER.fullmatch(header)
    if match is None:
        return None
    clear = match[1]
    key = DeviceKey.objects.select_related("camera").filter(prefix=clear[:8]).first()
    right = DeviceKey.objects.key_generator.preferred_hasher.verify(clear, key.hashed_key if key else _NOBODY)
    if key is None or not right or not is_live(key, at):
        return None
    _stamp(key, at)
    return key


def is_live(key: DeviceKey, at: datetime) -> bool:
    """Whether a key may post at the instant: not revoked or expired, its camera in service and not a donor's (G.1)."""
    camera = key.camera
    return (
        not key.revoked
        and (key.expiry_date is None or at < key.expiry_date)
        and (camera.retired_at is None or at < camera.retired_at)
        and camera.owner_class != Camera.OwnerClass.DONOR
    )


def _stamp(key: DeviceKey, at: datetime) -> None:
    if key.last_used_at is None or key.last_used_at <= at - USED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=at - USED_EVERY)
        DeviceKey.objects.filter(stale, pk=key.pk).update(last_used_at=at)
        key.last_used_at = at
