"""`make run`: servers, tables, demonstration department, and the whole product under one supervisor."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from alpr_site.quickstart.given_services import check_broker, database_urls
from alpr_site.quickstart.leftovers import MARK, end, leftovers
from alpr_site.quickstart.ocr_install import remember
from alpr_site.quickstart.server_home import NoHome, settle
from alpr_site.quickstart.server_process import EmbeddedServer, ServerFailed
from alpr_site.quickstart.servers import APP, OWNER, EmbeddedPostgres, EmbeddedValkey
from alpr_site.quickstart.state_folder import (
    PROJECT,
    UMASK,
    StateBelongsToAnother,
    hold,
    open_state,
    private_folders,
    secret_key,
)
from alpr_site.quickstart.steps import Steps
from alpr_site.quickstart.supervisor import Logs, Supervisor, commands
from alpr_site.quickstart.witness import command as witness_command
from alpr_site.quickstart.witness import settle_witness

STEPS = 8
FIRST_PAGE_SECONDS = 120


class CannotRun(Exception):
    """The product cannot start; the message is the one line to show."""


def main() -> int:
    """Run until stopped; 0 after Ctrl-C or SIGTERM, 1 with one clear line if something is in the way."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        state = open_state()
        with ExitStack() as at_end:
            try:
                return _run(state, wanted_port(), at_end)
            finally:  # the servers stop in good order, however often someone presses Ctrl-C
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)
    except KeyboardInterrupt:
        return 0
    except (CannotRun, NoHome, ServerFailed, StateBelongsToAnother) as error:
        print(error, file=sys.stderr)
        return 1


def _run(state: Path, port: int, at_end: ExitStack) -> int:
    address = f"http://127.0.0.1:{port}"
    lock = hold(state / "run.lock")
    if lock is None:
        where = (state / "address").read_text().strip() if (state / "address").exists() else "another address"
        raise CannotRun(f"Platekeeper already runs from this folder, at {where}. `make stop` ends it.")
    at_end.enter_context(lock)
    end(leftovers(state))
    check_port(port)
    private_folders(state)
    (state / "address").write_text(address + "\n")
    steps = Steps(STEPS)
    env = product_environment(state, address) | start_servers(state, steps, at_end)
    links = prepare(state, env, steps)
    return supervise(state, port, env, links, steps)


def product_environment(state: Path, address: str) -> dict[str, str]:
    """What web, workers and beat are told; whatever the caller has set is left as it is."""
    ocr = "0" if os.environ.get("OCR") == "0" else "1"
    return (
        {
            "DJANGO_SETTINGS_MODULE": "alpr_site.settings.dev",
            "SECRET_KEY": secret_key(state),
            "PLATEKEEPER_BASE_URL": address,
            "PLATEKEEPER_OCR": ocr,
        }
        | dict(os.environ)
        | {"PLATEKEEPER_STATE": str(state), MARK: str(state)}
    )


def serving_environment(env: dict[str, str]) -> dict[str, str]:
    """The environment without the owner's URL: what serves must have no way to the owner's rights."""
    return {name: value for name, value in env.items() if name != "DATABASE_OWNER_URL"}


def witness_environment(state: Path) -> dict[str, str]:
    """What the witness is told: no database, no secret."""
    return {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ} | {MARK: str(state)}


def start_servers(state: Path, steps: Steps, at_end: ExitStack) -> dict[str, str]:
    """Start PostgreSQL and Valkey where no URL names others; the URLs for the product's environment."""
    urls = {}
    if "DATABASE_URL" in os.environ:
        with steps.next("PostgreSQL of DATABASE_URL, nothing embedded"):
            given = database_urls(os.environ["DATABASE_URL"], os.environ.get("DATABASE_OWNER_URL"), state)
            urls["DATABASE_URL"], urls["DATABASE_OWNER_URL"] = given
    else:
        postgres = EmbeddedPostgres(settle(state), say=_say)
        with steps.next("PostgreSQL 18"):
            _start(postgres, at_end)
            postgres.make_roles()
        urls = {"DATABASE_URL": postgres.url(APP), "DATABASE_OWNER_URL": postgres.url(OWNER)}
    if "REDIS_URL" in os.environ:
        with steps.next("Valkey or Redis of REDIS_URL, nothing embedded"):
            check_broker(os.environ["REDIS_URL"])
            urls["REDIS_URL"] = os.environ["REDIS_URL"]
    else:
        valkey = EmbeddedValkey(settle(state), say=_say)
        with steps.next("Valkey 9"):
            _start(valkey, at_end)
        urls["REDIS_URL"] = valkey.url()
    return urls


def prepare(state: Path, env: dict[str, str], steps: Steps) -> list[list[str]]:
    """Migrate as the owner, give rights, seed; the sign-in links, each (role, name, url)."""
    links = state / "links.json"
    links.unlink(missing_ok=True)
    links.touch(mode=0o600)
    own = env | {"DATABASE_URL": env["DATABASE_OWNER_URL"], "DATABASE_APP_URL": env["DATABASE_URL"]}
    command = [sys.executable, "-m", "alpr_site.quickstart.prepare", str(steps), str(links)]
    done = subprocess.run(command, env=own | {"LOG_LEVEL": "WARNING"}, cwd=PROJECT, umask=UMASK)
    if done.returncode:
        raise CannotRun("The step above failed; nothing is running.")
    steps.done = STEPS - 1
    found = json.loads(links.read_text() or "[]")
    links.unlink()
    return list(found)


def supervise(state: Path, port: int, env: dict[str, str], links: list[list[str]], steps: Steps) -> int:
    """Run the product's processes until one ends or we are told to stop."""
    logs = Logs(state / "logs", sys.stdout)
    ocr = env["PLATEKEEPER_OCR"] != "0"
    if not ocr:
        remember(state, "off", "Photographs wait for a person: the site was started with OCR=0.")
    serving = serving_environment(env)
    witness_port = settle_witness(state, *(state / "log_key.txt").read_text().split())
    began = time.monotonic()
    print(f"[{STEPS}/{STEPS}] web, worker, beat, witness{' and plate reader' if ocr else ''} ...", end="", flush=True)
    supervisor = Supervisor(logs, on_start=lambda: announce(port, links, began))
    for name, command in commands(port=port, ocr=ocr).items():
        supervisor.add(name, command, serving, PROJECT)
    supervisor.add("witness", witness_command(state, witness_port), witness_environment(state), PROJECT)
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    supervisor.loop()
    logs.close()
    end(leftovers(state))
    if (ended := supervisor.ended_by_itself()) is None:
        print("\nStopped. Data are kept; `make run` starts again.")
        return 0
    print(f"\n{ended} ended, so everything was stopped. Its last lines ({logs.folder / ended}.log):")
    print(logs.end_of(ended))
    return 1


def announce(port: int, links: list[list[str]], began: float) -> None:
    """Wait for the first answer, then say where the product is and how to get in."""
    address = f"http://127.0.0.1:{port}"
    while time.monotonic() - began < FIRST_PAGE_SECONDS:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=5).close()  # noqa: S310 (our own address)
            break
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    else:
        print(f" no answer after {FIRST_PAGE_SECONDS} s; see .state/logs/web.log", flush=True)
        return
    print(f" {time.monotonic() - began:.1f} s\n\nPlatekeeper is at {address}", flush=True)
    if links:
        width = max(len(role) for role, *_ in links)
        print("Sign in with one click, each link works once (`make links` prints new ones):")
        print("\n".join(f"  {role.ljust(width)}  {url}  ({name})" for role, name, url in links))
    print("Ctrl-C stops everything.", flush=True)


def wanted_port() -> int:
    """PORT of the environment, 8000 if it names none. Raises CannotRun if it is no port."""
    text = os.environ.get("PORT") or "8000"
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535):
        raise CannotRun(f"PORT is a number from 1 to 65535, not {text}.")
    return int(text)


def check_port(port: int) -> None:
    """Raise CannotRun, naming the port, if another program listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotRun(
                f"Port {port} is taken ({error.strerror}). Try another: make run PORT={port + 1}"
            ) from error


def _start(server: EmbeddedServer, at_end: ExitStack) -> None:
    at_end.callback(server.stop)
    server.start()


def _say(line: str) -> None:
    print(f"\n      {line} ...", end="", flush=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
