"""What is said to the running quick start from another terminal: stop, new links, a camera's photograph."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from alpr_site.quickstart.given_services import database_urls
from alpr_site.quickstart.leftovers import end, leftovers
from alpr_site.quickstart.server_home import settle
from alpr_site.quickstart.servers import APP, OWNER, EmbeddedPostgres, EmbeddedValkey
from alpr_site.quickstart.state_folder import PROJECT, UMASK, hold, holder, open_state, secret_key

STOP_SECONDS = 90


def stop(state: Path) -> str:
    """Stop the running product, or what a killed one left; the line to show."""
    if (supervisor := holder(state / "run.lock")) is not None:
        os.kill(supervisor, signal.SIGTERM)
        began = time.monotonic()
        while holder(state / "run.lock") is not None:
            if time.monotonic() - began > STOP_SECONDS:
                return f"Process {supervisor} does not stop; kill -9 it and say `make stop` again."
            time.sleep(0.1)
        return "Stopped."
    remains = leftovers(state)
    end(remains)
    for lock in (state / "run.lock", *state.glob("test*/lock")):
        stop_orphaned_servers(lock)
    return "Stopped what an earlier run had left." if remains else "Nothing was running."


def stop_orphaned_servers(lock: Path) -> None:
    """Stop the embedded servers beside a lock whose test run or supervisor is gone."""
    if (held := hold(lock)) is None:
        return
    with held:
        if (lock.parent / "servers").is_dir():
            home = settle(lock.parent)
            for server in (EmbeddedPostgres(home), EmbeddedValkey(home)):
                server.stop()


def environment(state: Path) -> dict[str, str]:
    """The environment of the running product's own processes, for a command beside them."""
    env = dict(os.environ) | {"PLATEKEEPER_STATE": str(state)}
    env.setdefault("DJANGO_SETTINGS_MODULE", "alpr_site.settings.dev")
    env.setdefault("SECRET_KEY", secret_key(state))
    env.setdefault("PLATEKEEPER_BASE_URL", (state / "address").read_text().strip())
    home = settle(state)
    if "DATABASE_URL" in env:
        env["DATABASE_URL"], _ = database_urls(env["DATABASE_URL"], env.get("DATABASE_OWNER_URL"), state)
    else:
        postgres = EmbeddedPostgres(home)
        env |= {"DATABASE_URL": postgres.url(APP), "DATABASE_OWNER_URL": postgres.url(OWNER)}
    if "REDIS_URL" not in env:
        env["REDIS_URL"] = EmbeddedValkey(home).url()
    return env


def manage(state: Path, arguments: list[str]) -> int:
    """Run a management command against the running product."""
    if holder(state / "run.lock") is None:
        print("Platekeeper does not run from this folder: `make run` starts it.", file=sys.stderr)
        return 1
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, env=environment(state), cwd=PROJECT, umask=UMASK).returncode


def main(arguments: list[str]) -> int:
    state = open_state()
    match arguments:
        case ["stop"]:
            print(stop(state))
            return 0
        case ["links"]:
            return manage(state, ["quick_links", "--base", (state / "address").read_text().strip()])
        case ["demo-read"]:
            return demo_read(state)
        case ["manage", *rest]:
            return manage(state, rest)
    print("Say one of: stop, links, demo-read, manage COMMAND", file=sys.stderr)
    return 2


def demo_read(state: Path) -> int:
    """Post PHOTO as CAMERA would, to PORT; all three from the environment, as `make` hands them on."""
    photo = os.environ.get("PHOTO")
    if not photo:
        print("Name a photograph: make demo-read PHOTO=path/to/photo.jpg [CAMERA=code]", file=sys.stderr)
        return 2
    options = [f"--photo={Path(photo).resolve()}"]
    if camera := os.environ.get("CAMERA"):
        options.append(f"--camera={camera}")
    if port := os.environ.get("PORT"):
        options.append(f"--base=http://127.0.0.1:{port}")
    return manage(state, ["demo_read", *options])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
