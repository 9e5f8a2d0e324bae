"""Wiring shared by every environment. Legal numbers live in ``audit/profiles``, never here."""

from pathlib import Path
from typing import Any

import environ

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent.parent
STATE_DIR = Path(env("PLATEKEEPER_STATE", default=str(BASE_DIR / ".state")))

SECRET_KEY = env("SECRET_KEY", default="")
DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BASE_URL = env("PLATEKEEPER_BASE_URL", default="http://127.0.0.1:8000")

# The agency whose installation this is: shown in every header, and the organisation of its people on the ledger.
AGENCY = {
    "name": env("AGENCY_NAME", default="Demonstration Police Department"),
    "short_name": env("AGENCY_SHORT_NAME", default="Demo PD"),
    "zone": env("AGENCY_ZONE", default="America/Los_Angeles"),
    "records_contact": env("AGENCY_RECORDS_CONTACT", default=""),
    "non_emergency_phone": env("AGENCY_NON_EMERGENCY_PHONE", default=""),
}
# The policy in force until an activation is on file: a file in audit/profiles.
POLICY_PROFILE = env("POLICY_PROFILE", default="sacpd_525_08")

INSTALLED_APPS = [
    "alpr_site.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "rest_framework_api_key",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "guardian",
    "simple_history",
    "django_celery_beat",
    "django_htmx",
    "django_structlog",
    "phonenumber_field",
    "alpr_site",
    "audit",
    "cameras",
    "hotlists",
    "detections",
    "registry",
]

MIDDLEWARE = [
    "alpr_site.middleware.health",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "audit.signin.middleware.SessionLimits",
    "audit.signin.middleware.SecondFactorRequired",
    "audit.signin.middleware.NoticeAndConsent",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "alpr_site.middleware.RequestLog",
    "alpr_site.middleware.RefusalsAsPages",
]

ROOT_URLCONF = "alpr_site.urls"
WSGI_APPLICATION = "alpr_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "alpr_site.presentation.page",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# The role that serves may not alter the ledger; the owner role only migrates (docs/deploy.md, "Two database roles").
DATABASES = {"default": env.db_url("DATABASE_URL", default="postgresql://platekeeper_app@127.0.0.1/platekeeper")}
DATABASES["default"] |= {
    "ATOMIC_REQUESTS": False,  # an act is its own durable transaction; see audit.ledger.act
    "CONN_HEALTH_CHECKS": True,
    "CONN_MAX_AGE": 60,
    "TIME_ZONE": None,
}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"] |= {"connect_timeout": 5}
if not env.bool("DATABASE_POOLER", default=False):  # a pooler may refuse it: docs/deploy.md, "Two database roles"
    _given = DATABASES["default"]["OPTIONS"].get("options", "")
    DATABASES["default"]["OPTIONS"]["options"] = f"{_given} -c search_path=public,pg_temp".strip()
# Read replicas, their URLs apart by spaces: searches read there (docs/scaling.md). One that is away costs little time.
REPLICA_LAG_SECONDS = env.float("REPLICA_LAG_SECONDS", default=5.0)
for _number, _url in enumerate(env("DATABASE_REPLICA_URLS", default="").split(), start=1):
    _replica: dict[str, Any] = env.db_url_config(_url)
    _options = _replica.get("OPTIONS", {}) | {"connect_timeout": 2, "tcp_user_timeout": 3000}
    if _start_up := DATABASES["default"]["OPTIONS"].get("options"):
        _options["options"] = f"{_start_up} -c default_transaction_read_only=on"
    DATABASES[f"replica{_number}"] = DATABASES["default"] | _replica | {"OPTIONS": _options}
DATABASE_ROUTERS = ["alpr_site.replicas.SearchesToReplicas"] if len(DATABASES) > 1 else []
DATABASE_OWNER_URL = env("DATABASE_OWNER_URL", default="")
DATABASE_APP_ROLE = env("DATABASE_APP_ROLE", default="platekeeper_app")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "pk",
    }
}

AUTH_USER_MODEL = "audit.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},  # NIST SP 800-63B-4; security.md 1.2
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "audit.signin.validators.ContextWordsValidator"},
]
GUARDIAN_RAISE_403 = True
SIMPLE_HISTORY_REVERT_DISABLED = True  # a revert would pass the checks of administration by
ANONYMOUS_USER_NAME = None

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "audit.signin.adapter.StaffAccounts"
MFA_ADAPTER = "audit.signin.adapter.SecondFactors"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key,50/15m/ip", "reauthenticate": "5/15m/user"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_SESSION_REMEMBER = False
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TRUST_ENABLED = False
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Platekeeper"
# Our forms count wrong codes in PostgreSQL and take each code once (audit/signin/forms.py).
MFA_FORMS = {
    "authenticate": "audit.signin.forms.CodeForm",
    "reauthenticate": "audit.signin.forms.CodeAgainForm",
    "authenticate_webauthn": "audit.signin.forms.KeyForm",
    "login_webauthn": "audit.signin.forms.PasskeyForm",
    "reauthenticate_webauthn": "audit.signin.forms.KeyAgainForm",
}
MFA_ALLOW_UNVERIFIED_EMAIL = True  # mail is no factor here
USERSESSIONS_TRACK_ACTIVITY = False
USERSESSIONS_ADAPTER = "audit.signin.adapter.OwnSessions"
SESSION_BACKGROUND_PATHS = ("/hits/stream/", "/uploads/progress/")

# Server-side session limits: CJIS AC-11/AC-12 and IA-11 (security.md 1.1, C-13 and C-15).
SESSION_IDLE_SECONDS = 30 * 60
SESSION_ABSOLUTE_SECONDS = 12 * 60 * 60
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_SECONDS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
QUICK_LINKS_ENABLED = False

LANGUAGE_CODE = "en-us"
USE_TZ = True
TIME_ZONE = AGENCY["zone"]
USE_I18N = True
PHONENUMBER_DEFAULT_REGION = "US"

STATIC_URL = "/static/"
STATIC_ROOT = STATE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = STATE_DIR / "photos"
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# The agency's signing key (Ed25519, PEM), for evidence packages and purge certificates: audit/signing.py.
SIGNING_KEY_FILE = env("SIGNING_KEY_FILE", default="")
# Frames and samples of inspections; blank: work-papers in the state folder.
WORK_PAPERS = env("WORK_PAPERS", default="")
# What the digests of members' plates are keyed with; blank: a key derived from SECRET_KEY, which then may not change.
MEMBER_PLATE_SECRET = env("MEMBER_PLATE_SECRET", default="")
# The log's own key (Ed25519, PEM), its name, the file outside the database that keeps every checkpoint, and the
# witnesses: "name url public-key", apart by semicolons (docs/deploy.md, "Checkpoints and witnesses").
LOG_KEY_FILE = env("LOG_KEY_FILE", default="")
LOG_ORIGIN_NAME = env("LOG_ORIGIN_NAME", default="platekeeper.local")
CHECKPOINT_FILE = env("CHECKPOINT_FILE", default="")
WITNESSES: list[tuple[str, ...]] = [
    tuple(part.split()) for part in env("WITNESSES", default="").split(";") if part.strip()
]
# Where alarms go that must leave the process (audit/alarms.py): a file, people's mail addresses, an address that
# takes a POST of JSON. What may read /metrics from elsewhere than this machine: whoever sends this token.
ALARM_FILE = env("ALARM_FILE", default="")
ALARM_MAIL: list[str] = env.list("ALARM_MAIL", default=[])
ALARM_URL = env("ALARM_URL", default="")
METRICS_TOKEN = env("METRICS_TOKEN", default="")
# A photograph is a private file: no MEDIA_URL, it is served by detections.views only, with a record.
MEDIA_URL = ""

# Files of hot lists: how large one may be, and an installation's own layouts (hotlists/imports/layouts/README.md).
HOT_LIST_MOST_BYTES = env.int("HOT_LIST_MOST_BYTES", default=1024**3)
HOT_LIST_INBOX = env("HOT_LIST_INBOX", default=str(STATE_DIR / "hot-lists-inbox"))
HOT_LIST_LAYOUTS = env("HOT_LIST_LAYOUTS", default=str(STATE_DIR / "hot-list-layouts"))
# Audit exports of other systems: how large one may be, and an installation's own layouts (audit/elsewhere/layouts).
QUERY_EXPORT_MOST_BYTES = env.int("QUERY_EXPORT_MOST_BYTES", default=512 * 1024**2)
QUERY_LAYOUTS = env("QUERY_LAYOUTS", default=str(STATE_DIR / "query-layouts"))

DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 4
# Photographs are for the account that serves, and for nobody else on the machine.
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

EMAIL_BACKEND = env("EMAIL_BACKEND", default="django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = STATE_DIR / "mail"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="platekeeper@localhost")

REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "alpr_site.exceptions.api_exception_handler",
    "NUM_PROXIES": ALLAUTH_TRUSTED_PROXY_COUNT,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Platekeeper API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}

CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 15 * 60
CELERY_TASK_SOFT_TIME_LIMIT = 14 * 60
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"detections.tasks.read_photo": {"queue": "ocr"}}
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 60 * 60}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
DJANGO_CELERY_BEAT_TZ_AWARE = True
OCR_ENABLED = env.bool("PLATEKEEPER_OCR", default=True)

SELF, NONE = "'self'", "'none'"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "worker-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "alpr_site.logs.JsonFormatter"}},
    "filters": {"addresses": {"()": "alpr_site.logs.HideAddresses"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["addresses"]}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {"django.server": {"level": "WARNING"}, "kombu": {"level": "WARNING"}},
}
