"""Keys of software that hands in a source's files: issued once, revoked at once, known by a header.

``Authorization: Bearer <prefix>.<secret>``. A key opens the lists of its source for handing in, and nothing else.
"""

import re
from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import Q

from audit import ledger
from audit.actions import Action
from audit.asker import Asker
from audit.refusals import Refused
from hotlists.lists import managing, rules
from hotlists.models import HotListSource, SourceKey

PURPOSE = "administration"
USED_EVERY = timedelta(minutes=1)
_BEARER = re.compile(r"Bearer ([A-Za-z0-9]{8}\.[A-Za-z0-9]{32})")
# Compared against when no key has the prefix, so that a wrong prefix takes as long as a wrong secret.
_NOBODY = SourceKey.objects.key_generator.preferred_hasher.encode("nobody", "")


def issue_source_key(
    *, source_id: Any, name: str, by: Asker, at: datetime, expires_at: datetime | None = None
) -> tuple[SourceKey, str]:
    """A new key and its clear text, which exists nowhere else. Raises HotListSource.DoesNotExist, Refused."""
    with ledger.act(Action.SOURCE_KEY_ISSUE, by=by, at=at, purpose=PURPOSE) as record:
        managing.admit(by, at=at)
        source = HotListSource.objects.get(pk=source_id)
        record.about("source", source.pk, source.name)
        key, clear = SourceKey.objects.create_key(source=source, name=name, issued_by=by.user, expiry_date=expires_at)
        record.detail = {"prefix": key.prefix, "name": name, "expires_at": expires_at}
    return cast(SourceKey, key), clear


def revoke_source_key(*, prefix: str, by: Asker, at: datetime) -> SourceKey:
    """Kill a key: the next request with it is refused. Raises SourceKey.DoesNotExist, Refused."""
    with ledger.act(Action.SOURCE_KEY_REVOKE, by=by, at=at, purpose=PURPOSE, query={"prefix": prefix}) as record:
        profile = managing.admit(by, at=at)
        key = SourceKey.objects.select_for_update().get(prefix=prefix)
        record.about("source", key.source_id, key.source.name)
        if refusal := rules.refuse_revocation(key, profile):
            raise Refused(refusal)
        key.revoked, key.revoked_at, key.revoked_by = True, at, by.user
        key.save(update_fields=["revoked", "revoked_at", "revoked_by"])
        record.detail = {"prefix": prefix}
    return key


def authenticate(header: str, at: datetime) -> SourceKey | None:
    """The live key a header names, with its source loaded; None for anything else.

    Nothing is cached: a revoked or expired key is dead at once. One indexed query, one SHA-512, compared in constant
    time; the time of last use is written at most once a minute.
    """
    match = _BEARER.fullmatch(header)
    if match is None:
        return None
    clear = match[1]
    key = SourceKey.objects.select_related("source").filter(prefix=clear[:8]).first()
    right = SourceKey.objects.key_generator.preferred_hasher.verify(clear, key.hashed_key if key else _NOBODY)
    if key is None or not right or not is_live(key, at):
        return None
    _stamp(key, at)
    return key


def is_live(key: SourceKey, at: datetime) -> bool:
    """Whether a key may hand in at the instant: neither revoked nor expired."""
    return not key.revoked and (key.expiry_date is None or at < key.expiry_date)


def _stamp(key: SourceKey, at: datetime) -> None:
    if key.last_used_at is None or key.last_used_at <= at - USED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=at - USED_EVERY)
        SourceKey.objects.filter(stale, pk=key.pk).update(last_used_at=at)
        key.last_used_at = at
