"""The product's own server for a bench: gunicorn on a free port, on the database Django is on now."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audit.models import User


@contextmanager
def server(*, workers: int = 1, threads: int = 2) -> Iterator[int]:
    """So many gunicorn processes; yields the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "alpr_site.wsgi:application", "-b", f"127.0.0.1:{port}"]
    command += ["-k", "gthread", "-w", str(workers), "--threads", str(threads), "--log-level", "warning"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "alpr_site.settings.dev"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.kill()  # an open stream would hold a gentle stop back


def _wait_for(port: int) -> None:
    for _ in range(600):
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.1)
    raise SystemExit("The server did not start.")


def signed_in(person: "User") -> Any:
    """A test client with the person's complete session, in process; ``.cookies["sessionid"]`` serves elsewhere too."""
    from django.test import Client
    from django.utils import timezone

    from audit.signin.sessions import mark_complete

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    mark_complete(session, at=timezone.now())
    session.save()
    return client
