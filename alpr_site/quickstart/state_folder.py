"""The project's own folder for everything a run makes: who holds it, and the secrets made once."""

import fcntl
import os
import secrets
from pathlib import Path
from typing import IO

# Of every process of the product, so that what it writes is private; not of the servers, whose folders others enter.
UMASK = 0o077
PROJECT = Path(__file__).resolve().parent.parent.parent


class StateBelongsToAnother(RuntimeError):
    """The folder is another account's; the message says what to do."""


def open_state(default: str = ".state", variable: str = "PLATEKEEPER_STATE") -> Path:
    """The state folder, made if missing. Others may pass, not look: see server_home.settle."""
    folder = (PROJECT / (os.environ.get(variable) or default)).resolve()
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise StateBelongsToAnother(f"{folder} belongs to another account: run as that one, or remove it.")
    return folder


def private_folders(state: Path) -> None:
    """Folders of 0700 for photographs and mail: what an earlier version made open to others is closed."""
    for name in ("photos", "mail"):
        folder = state / name
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)


def hold(path: Path) -> IO[str] | None:
    """Take a lock that ends with this process however it ends; None if another process has it.

    A POSIX record lock: unlike flock it does not pass to the children that the supervisor forks.
    """
    file = path.open("a+")
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def holder(path: Path) -> int | None:
    """Process number of another process that holds the lock; None if nobody does."""
    if (file := hold(path)) is None:
        return int(path.read_text() or 0) or None
    file.close()
    return None


def secret(path: Path) -> str:
    """The secret in a file of 0600, made at the first call."""
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        fresh.replace(path)
    return path.read_text().strip()


def secret_key(state: Path) -> str:
    """Django's secret key of this folder."""
    return secret(state / "secret_key")
