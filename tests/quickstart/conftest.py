"""Folders for servers that may run as another account, and a cluster made once to copy."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alpr_site.quickstart.server_home import settle
from alpr_site.quickstart.servers import EmbeddedPostgres


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may enter; pytest's own are private."""
    with tempfile.TemporaryDirectory(prefix="platekeeper-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def made_cluster() -> Iterator[Path]:
    """The servers' folder of a cluster that has its roles and is stopped: initdb takes longer than most tests."""
    with tempfile.TemporaryDirectory(prefix="platekeeper-made-") as name:
        Path(name).chmod(0o755)
        server = EmbeddedPostgres(settle(Path(name)), disposable=True)
        try:
            server.start()
            server.make_roles()
        finally:
            server.stop()
        yield server.home.folder


@pytest.fixture
def with_cluster(made_cluster: Path) -> Callable[[Path], EmbeddedPostgres]:
    """Give a state folder a stopped cluster of its own."""

    def copy(state: Path) -> EmbeddedPostgres:
        subprocess.run(["cp", "-a", str(made_cluster), str(state / "servers")], check=True)
        return EmbeddedPostgres(settle(state), disposable=True)

    return copy
