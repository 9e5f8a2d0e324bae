"""`make check`: Django's deploy check of the production settings, with pretended names and secrets."""

import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from audit.signing import create_key

PRETENDED = {
    "DJANGO_SETTINGS_MODULE": "alpr_site.settings.production",
    "ALLOWED_HOSTS": "plates.example.gov",
    "DATABASE_URL": "postgresql://platekeeper_app@database.example.gov/platekeeper",
    "DATABASE_OWNER_URL": "postgresql://platekeeper_owner@database.example.gov/platekeeper",
    "REDIS_URL": "rediss://queue.example.gov/0",
    "PLATEKEEPER_BASE_URL": "https://plates.example.gov",
    "WITNESSES": "records-room https://witness.example.gov AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}


def main() -> int:
    """Exit code of the check: anything from a warning on fails."""
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    with tempfile.TemporaryDirectory() as folder:
        key = create_key(Path(folder) / "signing_key.pem")
        log_key = create_key(Path(folder) / "log_key.pem")
        made = {"SECRET_KEY": secrets.token_urlsafe(50), "SIGNING_KEY_FILE": str(key), "LOG_KEY_FILE": str(log_key)}
        return subprocess.run(command, env=os.environ | PRETENDED | made).returncode


if __name__ == "__main__":
    sys.exit(main())
