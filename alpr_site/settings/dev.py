"""The quick start: everything on this machine, one-time links instead of enrolment, still with a second role."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alpr_site.settings.dev")

from alpr_site.settings.base import *  # noqa: E402, F403
from alpr_site.settings.base import SECRET_KEY, STATE_DIR, STORAGES, WITNESSES, env

if not SECRET_KEY:
    secret_file = STATE_DIR / "secret_key"
    SECRET_KEY = secret_file.read_text().strip() if secret_file.exists() else "only-for-commands-that-serve-nothing"
SIGNING_KEY_FILE = env("SIGNING_KEY_FILE", default=str(STATE_DIR / "signing_key.pem"))  # `make run` makes it
LOG_KEY_FILE = env("LOG_KEY_FILE", default=str(STATE_DIR / "log_key.pem"))
CHECKPOINT_FILE = env("CHECKPOINT_FILE", default=str(STATE_DIR / "checkpoints.txt"))
LOG_ORIGIN_NAME = env("LOG_ORIGIN_NAME", default="platekeeper.local/demonstration")
# Written by `make run` when its witness starts: name, address, public key.
if not WITNESSES and (_witness := STATE_DIR / "witness.txt").exists():
    WITNESSES = [tuple(_witness.read_text().split())]
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *env.list("ALLOWED_HOSTS", default=[])]
QUICK_LINKS_ENABLED = True
DEMO = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
# Hashed names without compressed copies: those cost a first start a minute and save nothing on loopback.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}}
