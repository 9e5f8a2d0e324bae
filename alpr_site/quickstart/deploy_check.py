"""`make check`: Django's deploy check of the production settings, with pretended names and secrets."""

import os
import secrets
import subprocess
import sys

PRETENDED = {
    "DJANGO_SETTINGS_MODULE": "alpr_site.settings.production",
    "ALLOWED_HOSTS": "plates.example.gov",
    "DATABASE_URL": "postgresql://platekeeper_app@database.example.gov/platekeeper",
    "DATABASE_OWNER_URL": "postgresql://platekeeper_owner@database.example.gov/platekeeper",
    "REDIS_URL": "rediss://queue.example.gov/0",
    "PLATEKEEPER_BASE_URL": "https://plates.example.gov",
}


def main() -> int:
    """Exit code of the check: anything from a warning on fails."""
    env = os.environ | PRETENDED | {"SECRET_KEY": secrets.token_urlsafe(50)}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, env=env).returncode


if __name__ == "__main__":
    sys.exit(main())
