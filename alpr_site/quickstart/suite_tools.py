"""What the test suite needs beside the locks: plate reader and Chromium, looked for, then installed."""

import os
import shutil
import subprocess
import sys

from alpr_site.quickstart import ocr_install
from alpr_site.quickstart.environment import CannotInstall
from alpr_site.quickstart.state_folder import open_state

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def browser() -> str | None:
    """Path of a Chromium on this machine: CHROMIUM names one, else it is found by PATH."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, BROWSERS)), None)


def get_browser() -> str | None:
    """The browser's path; root's machines get Debian's chromium if they have none."""
    if (found := browser()) or os.geteuid() != 0 or not shutil.which("apt-get"):
        return found
    print("browser: installing Debian's chromium", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
        subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return browser()


def main() -> int:
    """Get both; what cannot be had is said in one line, and under CI=true is a failure."""
    missing = []
    if os.environ.get("OCR") == "0":
        missing.append("plate reader: left out by OCR=0, its tests are skipped")
    else:
        try:
            ocr_install.install(open_state())
        except CannotInstall as error:
            missing.append(f"plate reader: not installed, its tests are skipped: {str(error).splitlines()[-1]}")
    if get_browser() is None:
        missing.append("browser: no Chromium here, browser tests are skipped (apt-get install chromium)")
    for line in missing:
        print(line, flush=True)
    return 1 if missing and os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
