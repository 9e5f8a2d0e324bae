"""Promise A-1 across a crash: what was answered for is on record when PostgreSQL is back, and the log has no gap."""

import threading
import time

import pytest
from django.db import connections
from django.utils import timezone

from audit import asker, ledger, verify
from audit.actions import Action
from audit.log import checkpoints
from audit.models import Checkpoint, LedgerEntry

pytestmark = pytest.mark.django_db(transaction=True)
CLOCKWORK = asker.system("test")
WRITERS = 8


def write_until(gone: threading.Event, me: int, answered: list[tuple[int, str]]) -> None:
    """Look, one after the other; half of them ask the database something first. Keeps what was answered for."""
    turn = 0
    while not gone.is_set():
        turn += 1
        name = f"{me}-{turn}"
        try:
            with ledger.act(Action.SEARCH_RUN, by=CLOCKWORK, at=timezone.now(), purpose="locate") as record:
                if turn % 2:
                    LedgerEntry.objects.filter(index=0).exists()
                record.about("crash", name)
            answered.append((record.index, name))
        except Exception:  # noqa: BLE001 - however the server's end shows; what counts is what was answered for
            break
    connections.close_all()


def test_what_was_answered_for_is_stored_when_the_server_is_killed(server):
    """SIGKILL for every process of it, under eight writers: what was only in its memory is lost."""
    answered: list[tuple[int, str]] = []
    gone = threading.Event()
    writers = [threading.Thread(target=write_until, args=(gone, me, answered), daemon=True) for me in range(WRITERS)]
    for writer in writers:
        writer.start()
    until = time.monotonic() + 60
    while len(answered) < 20 * WRITERS and time.monotonic() < until:
        time.sleep(0.01)
    checkpoints.make(timezone.now())
    server.kill()
    gone.set()
    for writer in writers:
        writer.join(timeout=60)
    connections["default"].close()
    server.start()
    assert len(answered) >= 20 * WRITERS
    stored = dict(LedgerEntry.objects.filter(subject_type="crash").values_list("index", "subject_id"))
    assert [named for named in answered if stored.get(named[0]) != named[1]] == []
    assert verify.verify().sound
    assert Checkpoint.objects.order_by("-pk")[0].size <= checkpoints.head_size()
