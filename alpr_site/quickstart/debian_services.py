"""`make test-services`: the tests against Debian's PostgreSQL 15 and Redis 7, in a private folder of their own."""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from alpr_site.quickstart.server_home import ServerHome, account_for_root
from alpr_site.quickstart.servers import APP, OWNER, EmbeddedPostgres, EmbeddedValkey

POSTGRES = Path("/usr/lib/postgresql/15")


class DebianPostgres(EmbeddedPostgres):
    """PostgreSQL 15 knows no builtin locale: C.UTF-8 of the C library sorts the same."""

    locale = ["--locale=C.UTF-8"]


class DebianRedis(EmbeddedValkey):
    program = "redis-server"


def main(arguments: list[str]) -> int:
    """Run pytest with the arguments; 1 with one clear line if Debian's servers are not installed."""
    redis = shutil.which("redis-server")
    if redis is None or not (POSTGRES / "bin" / "initdb").exists():
        print("Debian's servers are missing: apt-get install postgresql-15 redis-server", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="platekeeper-services-") as name, ExitStack() as at_end:
        folder = Path(name)
        folder.chmod(0o711)
        home = ServerHome(folder, account_for_root(folder / "postgres"), POSTGRES, Path(redis).parent)
        postgres, valkey = DebianPostgres(home, disposable=True), DebianRedis(home)
        for server in (postgres, valkey):
            at_end.callback(server.stop)
            server.start()
        postgres.make_roles(may_create_databases=True)
        print(f"PostgreSQL 15 and Redis 7 in {folder}", flush=True)
        urls = {"DATABASE_URL": postgres.url(OWNER), "DATABASE_OWNER_URL": postgres.url(OWNER)}
        urls |= {"DATABASE_APP_URL": postgres.url(APP), "REDIS_URL": valkey.url()}
        command = [sys.executable, "-m", "pytest", *arguments]
        return subprocess.run(command, env=os.environ | urls).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
