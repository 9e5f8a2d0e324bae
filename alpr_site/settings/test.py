"""Settings of the test suite: real PostgreSQL and Valkey from alpr_site.pgplugin, quick hashing, mail in memory."""

import tempfile
from pathlib import Path

from alpr_site.settings.base import *  # noqa: F403
from alpr_site.settings.base import DATABASES, LOGGING, STORAGES, env
from audit.signing import create_key

SECRET_KEY = "only-for-tests-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
_folder = tempfile.TemporaryDirectory(prefix="platekeeper-test-")  # goes with the process
STATE_DIR = Path(env("PLATEKEEPER_TEST_FILES", default=_folder.name))  # a test's own worker shares its files
MEDIA_ROOT = STATE_DIR / "photos"
SIGNING_KEY_FILE = str(create_key(STATE_DIR / "signing_key.pem"))
LOG_KEY_FILE = str(create_key(STATE_DIR / "log_key.pem"))
LOG_ORIGIN_NAME = "platekeeper.test"
EMAIL_FILE_PATH = STATE_DIR / "mail"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
QUICK_LINKS_ENABLED = True
DEMO = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
DATABASES["default"]["TEST"] = {"NAME": "test_platekeeper"}
LOGGING = LOGGING | {"root": {"handlers": ["console"], "level": "WARNING"}}
DATABASES["default"]["CONN_MAX_AGE"] = 0  # a thread of a test keeps no connection
