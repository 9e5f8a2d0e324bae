"""pytest plugin: a private PostgreSQL and Valkey, running before pytest-django reads the settings.

DATABASE_URL and REDIS_URL, where set, are used instead. Runs at the same time get a cluster each.
"""

import atexit
import os
import shutil
import signal
import sys
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from alpr_site.quickstart.server_home import settle
from alpr_site.quickstart.server_process import ServerFailed
from alpr_site.quickstart.servers import APP, OWNER, EmbeddedPostgres, EmbeddedValkey
from alpr_site.quickstart.state_folder import hold, open_state

_running = ExitStack()
atexit.register(_running.close)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, Any, Any]:
    """A wrapper runs before pytest-django's own hook, which reads the settings and with them the URLs."""
    if "PYTEST_XDIST_WORKER" not in os.environ and not {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        start_servers(_free_state())
    return (yield)


def pytest_unconfigure() -> None:
    _running.close()


def start_servers(state: Path) -> None:
    """Start what no URL names and put its URL into the environment, where xdist's workers find it too."""
    if "DATABASE_URL" not in os.environ:
        postgres = _start_postgres(state)
        os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"] = postgres.url(OWNER)
        os.environ["DATABASE_APP_URL"] = postgres.url(APP)
    if "REDIS_URL" not in os.environ:
        valkey = EmbeddedValkey(settle(state))
        _running.callback(valkey.stop)
        valkey.start()
        os.environ["REDIS_URL"] = valkey.url()


def _start_postgres(state: Path) -> EmbeddedPostgres:
    """Start the tests' cluster; one that does not start holds nothing worth keeping."""
    postgres = EmbeddedPostgres(settle(state), disposable=True)
    _running.callback(postgres.stop)
    try:
        postgres.start()
    except ServerFailed:
        shutil.rmtree(postgres.data, ignore_errors=True)
        postgres.start()
    postgres.make_roles(may_create_databases=True)
    return postgres


def _free_state() -> Path:
    """The first state folder that no other test run holds: .state/test, .state/test-2, ..."""
    first = os.environ.get("PLATEKEEPER_TEST_STATE")
    for number in range(1, 100):
        name = f"{first or '.state/test'}{'' if number == 1 else f'-{number}'}"
        open_state(str(Path(name).parent), variable="")
        state = open_state(name, variable="")
        if (lock := hold(state / "lock")) is not None:
            _running.callback(lock.close)
            return state
    raise pytest.UsageError("A hundred test runs hold their state folders: stop some of them.")
