"""Finding the machine's own Chromium: skipped with one line where there is none, a failure under CI."""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str:
    """Path of the browser; skips the test without one, and fails it where CI=true."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    words = "no Chromium on this machine: apt-get install chromium"
    if os.environ.get("CI") == "true":
        pytest.fail(words)
    pytest.skip(words)
