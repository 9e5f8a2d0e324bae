"""Promise A-2 with real faults: whatever keeps the record from being written, nobody sees data, and an alarm leaves.

The faults are real ones of a PostgreSQL of the tests' own, over which Django works as the serving role does.
"""

import logging
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django.utils import timezone

from alpr_site.quickstart.servers import APP
from audit import alarms, tasks, watching
from audit.ledger import LedgerUnavailable
from audit.models import LedgerEntry
from tests.faults.conftest import PLATE
from tests.faults.private_database import as_superuser, kept_name, stopped
from tests.standby import Standby

pytestmark = pytest.mark.django_db(transaction=True)
log = logging.getLogger(__name__)
BOUND = 30.0  # seconds until the 503: two waits for a statement, and one for a new connection
DOORS: dict[str, tuple[str, str]] = {
    "page": ("detective", "/hits/{hit}/"),
    "list": ("detective", "/hot-plates/"),
    "api": ("detective", "/api/v1/hits/"),
    "export": ("administrator", "/hits/rates/csv/"),
    "admin": ("administrator", "/admin/hotlists/hotplate/"),
}


@contextmanager
def revoked(server: Standby) -> Iterator[None]:
    as_superuser(server, f"REVOKE INSERT ON audit_ledgerentry FROM {APP}")
    try:
        yield
    finally:
        as_superuser(server, f"GRANT INSERT ON audit_ledgerentry TO {APP}")


@contextmanager
def locked(server: Standby) -> Iterator[None]:
    with psycopg.connect(server.url("postgres", kept_name())) as link:
        link.execute("LOCK TABLE audit_ledgerentry IN ACCESS EXCLUSIVE MODE")
        yield
        link.rollback()


@contextmanager
def disk_full(server: Standby) -> Iterator[None]:
    """The ledger's tables on a volume of two megabytes of memory, which something else has filled."""
    with tempfile.TemporaryDirectory(prefix="platekeeper-full-") as name:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", name], check=True, timeout=20)
        volume = Path(name) / "space"
        try:
            server.home.make_private(volume)
            Path(name).chmod(0o755)
            moves = [f"ALTER TABLE audit_ledger{table} SET TABLESPACE small" for table in ("entry", "detail")]
            as_superuser(server, f"CREATE TABLESPACE small LOCATION '{volume}'", *moves)
            _fill(Path(name) / "junk")
            yield
            (Path(name) / "junk").unlink()
            as_superuser(server, *[move.replace("small", "pg_default") for move in moves], "DROP TABLESPACE small")
        finally:
            subprocess.run(["umount", "-l", name], check=True, timeout=20)


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(b"\0" * 4096)
            except OSError:
                return


@contextmanager
def backends_stopped(server: Standby) -> Iterator[None]:
    """None of the server's processes gets any time: no statement and no connection is answered."""
    with stopped(server.processes()):
        yield


@contextmanager
def postmaster_stopped(server: Standby) -> Iterator[None]:
    """Connections that stand go on; no new one is answered."""
    with stopped(server.leaders(server.processes())):
        connections["default"].close()
        yield


@contextmanager
def gone(server: Standby) -> Iterator[None]:
    server.kill()
    try:
        yield
    finally:
        connections["default"].close()
        server.start()


FAULTS: dict[str, Callable[[Standby], Any]] = {
    "revoked": revoked,
    "locked": locked,
    "backends_stopped": backends_stopped,
    "postmaster_stopped": postmaster_stopped,
    "refused": gone,
}


def look(made: dict[str, Any], door: str) -> tuple[int, str, float]:
    """Status, body and seconds of one look."""
    who, path = DOORS[door]
    began = time.monotonic()
    answer = copy(made[who]).get(path.format(**made))
    connections["default"].close()  # as the end of a request does with a connection that failed
    return answer.status_code, answer.content.decode(), time.monotonic() - began


def all_at_once(made: dict[str, Any]) -> dict[str, tuple[int, str, float]]:
    """One look at every door, each in a thread of its own, as many people would."""
    with ThreadPoolExecutor(len(DOORS)) as pool:
        asked = {door: pool.submit(look, made, door) for door in DOORS}
        return {door: answer.result(timeout=BOUND * 2) for door, answer in asked.items()}


@pytest.mark.parametrize("door", DOORS)
def test_a_sound_ledger_answers_and_records(server, made, door):
    before = LedgerEntry.objects.count()
    assert look(made, door)[0] == 200
    assert LedgerEntry.objects.count() > before


@pytest.mark.parametrize("fault", FAULTS)
def test_no_door_shows_data_while_the_ledger_cannot_be_written(server, made, fault):
    with FAULTS[fault](server):
        for door, (status, body, seconds) in all_at_once(made).items():
            log.warning("%s: %s answers 503 after %.1f s", fault, door, seconds)
            assert (door, status) == (door, 503)
            assert PLATE not in body
            assert seconds < BOUND
        with pytest.raises(Exception) as caught:  # noqa: PT011 - any end but a result
            tasks.verify_ledger()
        assert isinstance(caught.value, LedgerUnavailable | connection.Database.OperationalError) or (
            "OperationalError" in type(caught.value).__name__
        )
        connections["default"].close()
        assert watching.watch(timezone.now()) == [alarms.LEDGER_UNWRITABLE]
        assert [alarm.code for alarm in alarms.latest()] == [alarms.LEDGER_UNWRITABLE]
    connections["default"].close()
    assert alarms.LEDGER_UNWRITABLE not in watching.watch(timezone.now())
    assert alarms.LEDGER_UNWRITABLE not in [alarm.code for alarm in alarms.latest()]
    assert look(made, "page")[0] == 200


def test_a_full_disk_lets_nothing_out(server, made):
    """Records still fit into pages that are there already; from the first that does not, every look is a 503."""
    with disk_full(server):
        answers = [look(made, "page") for _ in range(40)]
        statuses = [status for status, _, _ in answers]
        first = statuses.index(503)
        assert statuses == [200] * first + [503] * (40 - first)
        assert not any(PLATE in body for status, body, _ in answers if status == 503)
        assert look(made, "api")[0] == look(made, "export")[0] == look(made, "admin")[0] == 503
        assert watching.watch(timezone.now()) == [alarms.LEDGER_UNWRITABLE]
    assert look(made, "page")[0] == 200


def test_a_look_under_way_when_the_server_stops_ends_in_time(server, made):
    """The connection stands and is known to work: the answer still never comes."""
    made["detective"].get("/hits/times/")
    began, found = time.monotonic(), []

    def ask() -> None:
        answer = made["detective"].get(DOORS["page"][1].format(**made))
        found.append((answer.status_code, PLATE in answer.content.decode()))
        connections["default"].close()

    with stopped(server.processes()):
        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(timeout=BOUND * 2)
    assert found == [(503, False)]
    assert time.monotonic() - began < BOUND
