"""A key opens the lists of its source for handing in: known by its secret, dead the moment it is revoked or ends."""

from datetime import timedelta

import pytest

from audit.models import LedgerEntry
from audit.refusals import Refused
from hotlists.lists import keys, rules
from hotlists.models import SourceKey
from tests import make
from tests.hotlists.lists import supply

HOUR = timedelta(hours=1)


@pytest.fixture
def issued(administrator):
    """A key that ends after an hour, and its clear text."""
    return keys.issue_source_key(
        source_id=supply.source().pk, name="mover", by=make.by(administrator), at=make.NOON, expires_at=make.NOON + HOUR
    )


def test_a_key_is_known_by_its_clear_text_and_by_nothing_else(issued):
    key, clear = issued
    assert keys.authenticate(f"Bearer {clear}", make.NOON) == key
    wrong = clear[:-1] + ("a" if clear[-1] != "a" else "b")
    for header in ("", clear, f"bearer {clear}", f"Bearer {wrong}", f"Bearer {clear} ", "Bearer x.y", f"Basic {clear}"):
        assert keys.authenticate(header, make.NOON) is None


def test_a_key_ends_at_its_instant(issued):
    _, clear = issued
    assert keys.authenticate(f"Bearer {clear}", make.NOON + HOUR - timedelta(microseconds=1))
    assert keys.authenticate(f"Bearer {clear}", make.NOON + HOUR) is None


def test_a_revoked_key_is_dead_and_is_not_revoked_twice(issued, administrator):
    key, clear = issued
    keys.revoke_source_key(prefix=key.prefix, by=make.by(administrator), at=make.NOON)
    assert keys.authenticate(f"Bearer {clear}", make.NOON) is None
    with pytest.raises(Refused) as refused:
        keys.revoke_source_key(prefix=key.prefix, by=make.by(administrator), at=make.NOON)
    assert refused.value.refusal.rule == rules.KEY_REVOKED
    assert [one.outcome for one in LedgerEntry.objects.filter(action="source.revoke_key").order_by("index")] == [
        "allowed",
        "refused",
    ]


def test_only_those_who_manage_lists_issue_and_revoke(issued, officer):
    key, clear = issued
    with pytest.raises(Refused):
        keys.issue_source_key(source_id=key.source_id, name="own", by=make.by(officer), at=make.NOON)
    with pytest.raises(Refused):
        keys.revoke_source_key(prefix=key.prefix, by=make.by(officer), at=make.NOON)
    assert SourceKey.objects.count() == 1
    assert keys.authenticate(f"Bearer {clear}", make.NOON)


def test_the_clear_text_is_kept_nowhere_and_the_last_use_once_a_minute(issued):
    key, clear = issued
    secret = clear.partition(".")[2]
    key.refresh_from_db()
    assert secret not in str(vars(key))
    assert not LedgerEntry.objects.filter(clear__detail__contains=secret).exists()
    keys.authenticate(f"Bearer {clear}", make.NOON)
    keys.authenticate(f"Bearer {clear}", make.NOON + timedelta(seconds=30))
    key.refresh_from_db()
    assert key.last_used_at == make.NOON
