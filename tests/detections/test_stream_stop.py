"""A real gunicorn with an open desk stops when it is told to."""

import http.client
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from tests import make

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server(transactional_db):
    """gunicorn on the tests' database, as ``make run`` starts it; yields its process and port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = os.environ["DATABASE_URL"]
    base, _, rest = url.partition("?")
    named = f"{base.rpartition('/')[0]}/{connection.settings_dict['NAME']}" + (f"?{rest}" if rest else "")
    command = [sys.executable, "-m", "gunicorn", "alpr_site.wsgi:application", f"--bind=127.0.0.1:{port}"]
    command += ["--worker-class=gthread", "--threads=8", "--graceful-timeout=30", "--log-level=error"]
    env = os.environ | {"DATABASE_URL": named, "DJANGO_SETTINGS_MODULE": "alpr_site.settings.test"}
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and not _answers(port):
            time.sleep(0.1)
        yield process, port
    finally:
        process.kill()
        process.wait(20)


def _answers(port):
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.slow
def test_an_open_desk_does_not_hold_back_a_stop(server, signed_in):
    process, port = server
    client = signed_in(make.user("dispatcher", "dispatcher"))
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("GET", "/hits/stream/", headers={"Cookie": f"sessionid={client.cookies['sessionid'].value}"})
    answer = line.getresponse()
    assert answer.status == 200
    assert answer.readline() == b"retry: 3000\n"
    started = time.monotonic()
    process.terminate()
    process.wait(20)
    assert time.monotonic() - started < 6
    answer.close()
    line.close()
