"""The quick start's witness: its own folder and key, found by the product, and up again after its end."""

import base64
import os
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from alpr_site.quickstart import witness
from alpr_site.quickstart.state_folder import PROJECT

PUBLIC = base64.b64encode(bytes(32)).decode()


def shown(port: int, seconds: float = 60) -> str:
    until = time.monotonic() + seconds
    while True:
        try:
            return str(urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read().decode())
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def test_the_product_is_told_where_its_witness_is_and_the_port_stays(tmp_path: Path) -> None:
    port = witness.settle_witness(tmp_path, "a.log", PUBLIC)
    name, url, key = (tmp_path / "witness.txt").read_text().split()
    assert (name, url, len(base64.b64decode(key))) == (witness.NAME, f"http://127.0.0.1:{port}", 32)
    assert witness.settle_witness(tmp_path, "a.log", PUBLIC) == port
    assert (tmp_path / "witness.txt").read_text().split()[2] == key
    assert (tmp_path / "witness").stat().st_mode & 0o077 == 0


def test_a_killed_witness_is_up_again_and_none_is_left_over(tmp_path: Path) -> None:
    port = witness.settle_witness(tmp_path, "a.log", PUBLIC)
    keeper = subprocess.Popen(witness.command(tmp_path, port), cwd=PROJECT, stdout=subprocess.DEVNULL)
    try:
        assert shown(port) == "Nothing taken yet.\n"
        child = psutil.Process(keeper.pid).children()[0]
        child.kill()
        child.wait(timeout=20)
        assert shown(port) == "Nothing taken yet.\n"
        again = psutil.Process(keeper.pid).children()[0]
        assert again.pid != child.pid
    finally:
        keeper.send_signal(signal.SIGTERM)
        keeper.wait(timeout=20)
    psutil.wait_procs([again], timeout=20)
    assert not again.is_running()
    with pytest.raises(OSError, match="refused"):
        shown(port, seconds=0)


def test_roots_witness_runs_as_another_account(tmp_path: Path) -> None:
    witness.settle_witness(tmp_path, "a.log", PUBLIC)
    owner = (tmp_path / "witness" / "key.pem").owner()
    assert (owner == witness.ACCOUNT) == (os.geteuid() == 0)
