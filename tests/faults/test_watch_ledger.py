"""The watcher is a process of its own: its alarm leaves within a minute of the fault, whatever serves or does not."""

import logging
import os
import signal
import subprocess
import sys
import time
from urllib.parse import quote

import pytest
from django.conf import settings

from alpr_site.quickstart.servers import APP
from tests.faults.private_database import PASSWORD, as_superuser, kept_name, stopped

pytestmark = pytest.mark.django_db(transaction=True)
log = logging.getLogger(__name__)
RAISED = '"ledger.unwritable"'


def lines(path) -> str:
    return path.read_text() if path.exists() else ""


def wait_for(words: str, path, seconds: float) -> float:
    began = time.monotonic()
    while words not in lines(path):
        assert time.monotonic() - began < seconds, f"no {words!r} in {seconds} s: {lines(path)!r}"
        time.sleep(0.2)
    return time.monotonic() - began


def test_an_alarm_leaves_within_a_minute_and_ends_when_the_fault_does(server, tmp_path):
    alarm_file = tmp_path / "watched.jsonl"
    url = f"postgresql://{APP}:{PASSWORD}@/{kept_name()}?host={quote(str(server.socket), safe='')}"
    surroundings = os.environ | {
        "DATABASE_URL": url,
        "ALARM_FILE": str(alarm_file),
        "DJANGO_SETTINGS_MODULE": "alpr_site.settings.test",
    }
    command = [sys.executable, "manage.py", "watch_ledger"]
    watcher = subprocess.Popen(command, cwd=settings.BASE_DIR, env=surroundings)
    try:
        as_superuser(server, f"REVOKE INSERT ON audit_ledgerdetail FROM {APP}")
        log.warning("revoked: alarm after %.1f s", wait_for(RAISED, alarm_file, 60))
        as_superuser(server, f"GRANT INSERT ON audit_ledgerdetail TO {APP}")
        wait_for('"over": true', alarm_file, 60)
        told = lines(alarm_file).count('"over": false')
        with stopped(server.processes()):
            began = time.monotonic()
            while lines(alarm_file).count('"over": false') == told:
                assert time.monotonic() - began < 60
                time.sleep(0.2)
            log.warning("stopped: alarm after %.1f s", time.monotonic() - began)
    finally:
        watcher.send_signal(signal.SIGTERM)
        assert watcher.wait(timeout=30) == 0
