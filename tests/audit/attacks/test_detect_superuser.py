"""Every attack of a database superuser is seen by exactly the means that docs/verify.md says see it."""

from pathlib import Path

import pytest
from django.conf import settings

from audit import verify
from audit.models import LedgerEntry
from tests.audit.attacks import tampering
from tests.audit.attacks.tampering import BEHIND, FURTHER, SIZE, SUPERUSER, copy_of_the_log, fill, gaps, outside, table
from tests.audit.verifier.outside import Log

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "verify.md"


@pytest.fixture
def live(db):
    """A log of 200 records, and the checkpoints that somebody kept of it."""
    fill()
    log = Log()
    log.hashes = [bytes(entry.leaf_hash) for entry in LedgerEntry.objects.order_by("index")]
    return log, log.checkpoint(BEHIND), log.checkpoint(SIZE)


def test_the_live_log_itself_is_sound_by_every_means(live, tmp_path):
    log, behind, head = live
    assert not gaps()
    assert verify.verify().sound
    assert outside(tmp_path / "e", log, [behind, head]).faults == []


def test_every_attack_is_seen_exactly_as_the_table_says(live, tmp_path):
    log, behind, head = live
    for number, attack in enumerate(SUPERUSER + FURTHER):
        with copy_of_the_log():
            attack.run()
            seen = (
                gaps(),
                not verify.verify().sound,
                bool(outside(tmp_path / f"{number}a", log, [behind]).faults),
                bool(outside(tmp_path / f"{number}b", log, [head]).faults),
            )
        assert seen == attack.seen, attack.name
    assert verify.verify().sound, "an attack was not undone"


def test_the_table_in_the_document_is_this_one():
    written = DOCUMENT.read_text()
    assert table(SUPERUSER) in written
    assert table(FURTHER) in written
    assert [sum(one.seen[place] for one in SUPERUSER) for place in range(4)] == [1, 3, 9, 12]
    assert tampering.SIZE - tampering.BEHIND == 50
