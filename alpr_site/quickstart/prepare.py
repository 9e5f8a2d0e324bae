"""Tables, rights, the demo department and static files, all in one process that sets Django up once.

Run by `run.py` with the owner's URL in DATABASE_URL and the serving role's in DATABASE_APP_URL.
"""

import base64
import hashlib
import json
import os
import sys
import warnings
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import django
import environ
from django.conf import settings
from django.core.management import CommandError, call_command, get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from alpr_site.quickstart.steps import Steps
from audit import signing

# The same manifest without the compressed copies: those cost a first start a minute and save nothing on loopback.
UNCOMPRESSED = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}


def main() -> None:
    """Prepare everything and print the sign-in links as JSON to the file named in argv[2]."""
    warnings.simplefilter("ignore")
    steps, links = Steps.parse(sys.argv[1]), Path(sys.argv[2])
    with steps.next("application"):
        settings.STORAGES = settings.STORAGES | {"staticfiles": UNCOMPRESSED}
        django.setup()
        signing.create_key(Path(settings.SIGNING_KEY_FILE))
        signing.create_key(Path(settings.LOG_KEY_FILE))
        tell_log_key()
    with steps.next("tables, as the owner role"):
        migrate()
    with steps.next("rights of the serving role"):
        given = grant()
    serve_as_app_role()
    with steps.next("demonstration department"):
        seeded = run_if_there("create_demo")
        run_if_there("keep_partitions")
    with steps.next("static files"):
        collect_static()
    if given == "":
        print("      one role owns the tables and serves: the ledger is guarded by its triggers only.")
        print("      Set DATABASE_OWNER_URL to have two, as docs/deploy.md says.")
    for there, command in ((given, "grant_app_role"), (seeded, "create_demo")):
        if there is None:
            print(f"      left out: this version has no `manage.py {command}`")
    listed = None if seeded is None else run_if_there("quick_links", base=os.environ["PLATEKEEPER_BASE_URL"])
    links.write_text(json.dumps([line.split("\t") for line in (listed or "").splitlines() if "\t" in line]))


def tell_log_key() -> None:
    """Write the log's name and public key where `run.py` finds them for the witness."""
    from audit.log import keys  # needs the applications set up

    public = keys.load(str(settings.LOG_KEY_FILE)).public_key().public_bytes_raw()
    told = f"{settings.LOG_ORIGIN_NAME} {base64.b64encode(public).decode()}\n"
    (Path(settings.STATE_DIR) / "log_key.txt").write_text(told)


def migrate() -> None:
    """Bring the tables up to date; nothing is loaded when they are."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def grant() -> str | None:
    """Give the serving role its rights; where one role owns and serves there is none to give them to."""
    role = environ.Env.db_url_config(os.environ["DATABASE_APP_URL"])["USER"]
    if role == connection.settings_dict["USER"]:
        return ""
    return run_if_there("grant_app_role", role=role)


def run_if_there(command: str, **options: object) -> str | None:
    """What the management command printed; None if this version has none of that name."""
    if command not in get_commands():
        return None
    output = StringIO()
    with redirect_stdout(output):
        call_command(command, stdout=output, **options)
    return output.getvalue()


def serve_as_app_role() -> None:
    """From here on use the database with the rights of the role that serves, as the site itself does."""
    connection.close()
    role = environ.Env.db_url_config(os.environ["DATABASE_APP_URL"])
    connection.settings_dict.update({name: role[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})


def collect_static() -> None:
    """Collect and compress the static files, unless neither they nor the installed packages have changed."""
    stamp = Path(settings.STATIC_ROOT).with_suffix(".stamp")
    wanted = static_fingerprint()
    if stamp.exists() and stamp.read_text() == wanted and (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(wanted)


def static_fingerprint() -> str:
    project = Path(settings.BASE_DIR)
    found = hashlib.sha256((project / "requirements" / "app.txt").read_bytes())
    for folder in (project / "static", *project.glob("*/static")):
        for path in sorted(folder.rglob("*")):
            status = path.stat()
            found.update(f"{path} {status.st_size} {status.st_mtime_ns}".encode())
    return found.hexdigest()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except CommandError as error:
        sys.exit(f"      {error}")
