"""One settings module, environment only. `.env.example` lists every variable; `checks.py` says what is wrong with them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ

from iterable_admin.logs import configure_logs
from iterable_admin.servers import database, mail_server

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# Where the embedded parts keep their files.
VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var")))

# production, staging, test, demo or development: shown in the header, and outside production the allow-list applies.
ENVIRONMENT = env.str("ENVIRONMENT", "development")
PRODUCTION = ENVIRONMENT == "production"

SECRET_KEY = env.str("SECRET_KEY", "" if PRODUCTION else "development-only-key-never-used-in-production-0123456789")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
ADDRESS_KEY = env.str("ADDRESS_KEY", "" if PRODUCTION else "development-only-address-key")
# The newest first: it encrypts what sources sign with, and the others still decrypt.
SECRETS_KEYS: list[str] = env.list("SECRETS_KEYS", default=[] if PRODUCTION else ["development-only-key-of-the-secrets"])
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "iterable_admin.apps.IterableAdminConfig",
    "iterable_admin.apps.IterableAdminSiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "django_q",
    "django_structlog",
    "rest_framework",
    "drf_spectacular",
    "iterable_admin.audit",
    "iterable_admin.waking",
    "iterable_admin.inbox",
    "iterable_admin.outbox",
    "contacts",
    *("contacts.consent", "contacts.conditions"),
    "contacts.intake",
    "contacts.sync",
    "contacts.gateway",
    "journeys",
    "iterable_admin.screens",
    "iterable_admin.screens.signing_in",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "iterable_admin.headers.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "iterable_admin.screens.signing_in.sessions.SessionAgeMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "iterable_admin.urls"
WSGI_APPLICATION = "iterable_admin.wsgi.application"

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
            ],
        },
    },
]

DATABASE_URL = env.str("DATABASE_URL", f"sqlite:///{VAR_DIR / 'iterable_admin.sqlite3'}")
DATABASES = {"default": database(DATABASE_URL)}
if not PRODUCTION:
    VAR_DIR.mkdir(parents=True, exist_ok=True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Django-Q: it carries wake-ups only, the work is rows -------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", "")
# Processes of the default cluster: at least two, so that one that waits for Iterable leaves one for the inbox.
Q_WORKERS = env.int("Q_WORKERS", 2)
Q_CLUSTER: dict[str, Any] = {
    "name": "iterable_admin",
    "workers": Q_WORKERS,
    # No more than there are workers: what a worker has fetched and not begun is lost with it until the sweep.
    "queue_limit": Q_WORKERS,
    "bulk": 1,
    "timeout": 55,
    "retry": 180,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": 0,
    "catch_up": False,
    "recycle": 500,
    "guard_cycle": 0.5,
    "poll": 0.2,
    "label": "Django-Q (plumbing)",
    "ALT_CLUSTERS": {
        # The nightly sync may take hours: a cluster of its own, so that it never keeps a delivery waiting.
        "sync": {"workers": 1, "queue_limit": 1, "timeout": 4 * 3600, "retry": 5 * 3600, "max_attempts": 1},
    },
}
if REDIS_URL:
    Q_CLUSTER["redis"] = REDIS_URL
else:
    Q_CLUSTER["orm"] = "default"

# --- Iterable ----------------------------------------------------------------------------------------------------
ITERABLE_API_KEY = env.str("ITERABLE_API_KEY", "")
ITERABLE_BASE_URL = env.str("ITERABLE_BASE_URL", "https://api.iterable.com")
ITERABLE_PROJECT_TYPE = env.str("ITERABLE_PROJECT_TYPE", "email")
ITERABLE_UPDATE_ONLY = env.bool("ITERABLE_UPDATE_ONLY", False)
ITERABLE_SETTLE_SECONDS = env.float("ITERABLE_SETTLE_SECONDS", 60)
ITERABLE_TIMEOUT_SECONDS = env.float("ITERABLE_TIMEOUT_SECONDS", 30)
# Multiplies every documented rate limit: 1 in production; higher only against a sandbox that is scaled the same way.
ITERABLE_RATE_LIMIT_SCALE = env.float("ITERABLE_RATE_LIMIT_SCALE", 1)
KNOWN_MAX_AGE_HOURS = env.int("KNOWN_MAX_AGE_HOURS", 36)

SENDING = env.str("SENDING", "live")
# Outside production only these addresses and domains (@example.com) are ever sent to Iterable; "*" allows all.
SENDING_ALLOW_LIST: list[str] = env.list("SENDING_ALLOW_LIST", default=["*"] if PRODUCTION else [])
DELIVERY_LEASE_SECONDS = env.int("DELIVERY_LEASE_SECONDS", 120)
DELIVERY_MAX_ATTEMPTS = env.int("DELIVERY_MAX_ATTEMPTS", 120)
# Multiplies the waits between tries, but not one that Iterable asked for.
DELIVERY_RETRY_SCALE = env.float("DELIVERY_RETRY_SCALE", 1)
EVENT_LEASE_SECONDS = env.int("EVENT_LEASE_SECONDS", 60)
EVENT_MAX_ATTEMPTS = env.int("EVENT_MAX_ATTEMPTS", 3)

MARKETO_TIME_ZONE = env.str("MARKETO_TIME_ZONE", "")

# --- The nightly sync --------------------------------------------------------------------------------------------
# SNOWFLAKE_… is read where Snowflake is opened: its secrets are in no settings that a page could show.
WAREHOUSE_URL = env.str("WAREHOUSE_URL", f"duckdb:///{VAR_DIR / 'warehouse.duckdb'}")
SYNC_CRON = env.str("SYNC_CRON", "15 2 * * *")
SYNC_WINDOW_MONTHS = env.int("SYNC_WINDOW_MONTHS", 2)
SYNC_SKIP_NEVER_LOGGED_IN = env.bool("SYNC_SKIP_NEVER_LOGGED_IN", True)
SYNC_SKIP_WITHOUT_NAMESPACE = env.bool("SYNC_SKIP_WITHOUT_NAMESPACE", True)

# --- Who is told what the lint finds ---------------------------------------------------------------------------------
# Empty: the DRIs of whom an address is known.
WITHDRAWAL_WARNING_MINUTES = env.int("WITHDRAWAL_WARNING_MINUTES", 60)
NOTIFY_EMAILS: list[str] = env.list("NOTIFY_EMAILS", default=[])
NOTIFY_WEBHOOK_URL = env.str("NOTIFY_WEBHOOK_URL", "")
# When each DRI gets the week in three sentences, in UTC; empty: never.
MONDAY_MAIL_CRON = env.str("MONDAY_MAIL_CRON", "0 7 * * 1")
# Where people reach these pages, for the links in notifications.
PUBLIC_URL = env.str("PUBLIC_URL", "")
# smtp+tls://user:password@host:587; outside production mails are printed unless it is set.
EMAIL_URL = env.str("EMAIL_URL", "")
vars().update(mail_server(EMAIL_URL or ("smtp://localhost:25" if PRODUCTION else "consolemail://")))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("NOTIFY_FROM", "iterable-admin@localhost")

# Bearer token of whoever scrapes /metrics; empty leaves it open, for a network that is closed by other means.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")

# --- How long things are kept, in days ---------------------------------------------------------------------------
KEEP_EXCERPTS_DAYS = env.int("KEEP_EXCERPTS_DAYS", 7)
KEEP_RAW_BODIES_DAYS = env.int("KEEP_RAW_BODIES_DAYS", 30)
KEEP_SYNC_ROWS_DAYS = env.int("KEEP_SYNC_ROWS_DAYS", 30)
KEEP_ENDED_DAYS = env.int("KEEP_ENDED_DAYS", 180)
KEEP_DEDUPLICATION_DAYS = env.int("KEEP_DEDUPLICATION_DAYS", 180)

# --- Intake limits -----------------------------------------------------------------------------------------------
INTAKE_MAX_BYTES, INTAKE_MAX_EVENTS = 1_000_000, 1_000
# Of one source, through the gateway: Iterable allows the whole project 6,000 of most reads.
GATEWAY_READS_PER_MINUTE = env.int("GATEWAY_READS_PER_MINUTE", 600)
# Of one address of a machine, at /oauth/token: a token lives an hour.
TOKENS_PER_MINUTE = env.int("TOKENS_PER_MINUTE", 60)
# Above the 4,000,000 bytes that Iterable takes, which the gateway takes too.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4_500_000

# --- The REST API ------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["iterable_admin.inbox.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["iterable_admin.inbox.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["iterable_admin.inbox.parsing.StrictJson"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "iterable_admin.inbox.paging.NewestFirst",
    "PAGE_SIZE": 100,
    "UNAUTHENTICATED_USER": None,
    "EXCEPTION_HANDLER": "iterable_admin.inbox.answering.answer_and_count",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Iterable Admin",
    "DESCRIPTION": "Events and unsubscribes in; contacts, namespaces, journeys and sync runs to read; Iterable's own calls.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "POSTPROCESSING_HOOKS": ["iterable_admin.inbox.described_refusals.describe_refusals"],
}

# --- Security ----------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
BEHIND_PROXY = env.bool("BEHIND_PROXY", PRODUCTION)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Signing in ----------------------------------------------------------------------------------------------------
# Seconds: without a page being opened, and since signing in.
SESSION_COOKIE_AGE = env.int("SESSION_COOKIE_AGE", 8 * 3600)
SESSION_LONGEST_AGE = env.int("SESSION_LONGEST_AGE", 24 * 3600)
# Failures of one account from one address, until it has to wait there; others and other addresses do not.
SIGN_IN_FAILURES = env.int("SIGN_IN_FAILURES", 5)
SIGN_IN_LOCK_MINUTES = env.int("SIGN_IN_LOCK_MINUTES", 15)
# Proxies that add to X-Forwarded-For before a request gets here.
PROXY_COUNT = env.int("PROXY_COUNT", 1 if BEHIND_PROXY else 0)
AXES_FAILURE_LIMIT = SIGN_IN_FAILURES
AXES_COOLOFF_TIME = timedelta(minutes=SIGN_IN_LOCK_MINUTES)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "iterable_admin.client_addresses.client_address"
AXES_LOCKOUT_CALLABLE = "iterable_admin.screens.signing_in.locking_out.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]

# An OpenID Connect provider, discovered under its issuer; the addresses are for one that publishes no such document.
OIDC_ISSUER = env.str("OIDC_ISSUER", "")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", "")
OIDC_NAME = env.str("OIDC_NAME", "")
OIDC_SCOPES = env.str("OIDC_SCOPES", "openid email profile")
OIDC_GROUPS_CLAIM = env.str("OIDC_GROUPS_CLAIM", "groups")
# Group of the provider=one of our roles, with commas between.
OIDC_ROLES: list[str] = env.list("OIDC_ROLES", default=[])
OIDC_AUTHORIZATION_ENDPOINT = env.str("OIDC_AUTHORIZATION_ENDPOINT", "")
OIDC_TOKEN_ENDPOINT = env.str("OIDC_TOKEN_ENDPOINT", "")
OIDC_USERINFO_ENDPOINT = env.str("OIDC_USERINFO_ENDPOINT", "")
OIDC_JWKS_ENDPOINT = env.str("OIDC_JWKS_ENDPOINT", "")

VALIDATORS = ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
AUTH_PASSWORD_VALIDATORS = [{"NAME": f"django.contrib.auth.password_validation.{name}Validator"} for name in VALIDATORS]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", "UTC")
FORMAT_MODULE_PATH = ["iterable_admin.formats"]
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
if not PRODUCTION:
    # Served by finders there; whitenoise warns of a folder that is missing.
    STATIC_ROOT.mkdir(exist_ok=True)
PLAIN, HASHED = "django.contrib.staticfiles.storage.", "whitenoise.storage.CompressedManifest"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": f"{HASHED if PRODUCTION else PLAIN}StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False

# --- Logs: one JSON object a line, with the request id that follows an event to its delivery ----------------------
LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
LOGGING = configure_logs(LOG_LEVEL)
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = 20
# Callers are sources, known by their tokens; addresses of people's machines are nobody's business here.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = None
