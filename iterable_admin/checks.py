"""System checks: each setting that can be wrong is named here, with the mend. Errors stop a command, warnings do not."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from urllib.parse import urlsplit

import environ
from croniter import croniter
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - Django's own name

from iterable_admin.addresses import is_email, normalise_email
from iterable_admin.errors import Misconfigured
from iterable_admin.iterable.client import EU, PROJECT_TYPES, US
from iterable_admin.iterable.transport import check_key
from iterable_admin.outbox.connection import CONNECT_SECONDS, is_loopback
from iterable_admin.outbox.models import SendingSwitch
from iterable_admin.sign_in_checks import sign_in
from iterable_admin.warehouse_checks import warehouse

ENVIRONMENTS = ("production", "staging", "test", "demo", "development")
# Django asks for 50 characters of SECRET_KEY, but only with --deploy; 32 bytes are what an HMAC-SHA256 can use.
SHORTEST_KEY = 32
SHORTEST_METRICS_TOKEN = 16
MAKE_KEY = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
REDIS = ("redis", "rediss", "unix")
NOT_NEGATIVE = ("ITERABLE_SETTLE_SECONDS", "SECURE_HSTS_SECONDS")
POSITIVE = (
    "DELIVERY_LEASE_SECONDS",
    "DELIVERY_MAX_ATTEMPTS",
    "DELIVERY_RETRY_SCALE",
    "EVENT_LEASE_SECONDS",
    "EVENT_MAX_ATTEMPTS",
    "ITERABLE_RATE_LIMIT_SCALE",
    "ITERABLE_TIMEOUT_SECONDS",
    "KEEP_DEDUPLICATION_DAYS",
    "KEEP_ENDED_DAYS",
    "KEEP_EXCERPTS_DAYS",
    "KEEP_RAW_BODIES_DAYS",
    "KEEP_SYNC_ROWS_DAYS",
    "KNOWN_MAX_AGE_HOURS",
    "WITHDRAWAL_WARNING_MINUTES",
    "SESSION_COOKIE_AGE",
    "SIGN_IN_FAILURES",
    "SYNC_WINDOW_MONTHS",
    "TOKENS_PER_MINUTE",
)


@register
def check_settings(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    return [message for rule in RULES for message in rule()]


def environment() -> Iterator[CheckMessage]:
    if settings.ENVIRONMENT not in ENVIRONMENTS:
        # A misspelt "production" would run with the development keys that everybody can read.
        yield error("E001", f"ENVIRONMENT is {settings.ENVIRONMENT!r}.", f"Set it to one of {', '.join(ENVIRONMENTS)}.")
    if settings.PRODUCTION and settings.DEBUG:
        yield error("E002", "DEBUG is on in production: error pages would show people's data.", "Unset DEBUG.")


def keys() -> Iterator[CheckMessage]:
    if not settings.PRODUCTION:
        return
    if len(settings.SECRET_KEY.encode()) < SHORTEST_KEY:
        yield error(
            "E003", f"SECRET_KEY is missing or shorter than {SHORTEST_KEY} bytes.", f"Set it to the output of: {MAKE_KEY}"
        )
    if len(settings.ADDRESS_KEY.encode()) < SHORTEST_KEY:
        mend = f"Restore the value that was used before; for a new database set it to the output of: {MAKE_KEY}"
        yield error("E004", f"ADDRESS_KEY is missing or shorter than {SHORTEST_KEY} bytes.", mend)
    if settings.ADDRESS_KEY and settings.ADDRESS_KEY == settings.SECRET_KEY:
        mend = "Give SECRET_KEY another value: it may be rotated, ADDRESS_KEY may not."
        yield error("E005", "ADDRESS_KEY and SECRET_KEY are the same.", mend)
    if any(len(key.encode()) < SHORTEST_KEY for key in settings.SECRETS_KEYS):
        mend = f"Set it to the output of: {MAKE_KEY}; keep the former ones behind it, with commas between."
        yield error("E054", f"SECRETS_KEYS holds a key shorter than {SHORTEST_KEY} bytes.", mend)


def iterable_key() -> Iterator[CheckMessage]:
    mend = "Set it to a server-side API key of the Iterable project (Integrations > API Keys)."
    if not settings.ITERABLE_API_KEY:
        if settings.PRODUCTION:
            yield error("E006", "ITERABLE_API_KEY is not set.", mend)
        return
    try:
        check_key(settings.ITERABLE_API_KEY)
    except Misconfigured as problem:
        yield error("E007", f"ITERABLE_API_KEY cannot be sent: {problem}", mend)


def iterable_address() -> Iterator[CheckMessage]:
    url = urlsplit(settings.ITERABLE_BASE_URL)
    mend = f"Set it to {US} or {EU}, wherever the project lives."
    if url.scheme not in ("http", "https") or not url.hostname:
        yield error("E008", "ITERABLE_BASE_URL is not an http(s) address.", mend)
    elif url.scheme == "http" and not is_loopback(settings.ITERABLE_BASE_URL):
        yield error("E009", "ITERABLE_BASE_URL is plain http: the key would travel in clear.", mend)


def iterable_project() -> Iterator[CheckMessage]:
    if settings.ITERABLE_PROJECT_TYPE not in PROJECT_TYPES:
        mend = f"Set it to one of {', '.join(PROJECT_TYPES)}, as under Settings > Project Settings in Iterable."
        yield error("E010", f"ITERABLE_PROJECT_TYPE is {settings.ITERABLE_PROJECT_TYPE!r}.", mend)
    elif settings.ITERABLE_PROJECT_TYPE == "email" and urlsplit(settings.ITERABLE_BASE_URL).hostname == urlsplit(EU).hostname:
        mend = "Set ITERABLE_PROJECT_TYPE to hybrid or userid, or ITERABLE_BASE_URL to where the project lives."
        yield error("E024", "ITERABLE_PROJECT_TYPE is email, and Iterable's EU data centre has no such projects.", mend)
    elif settings.ITERABLE_PROJECT_TYPE == "userid":
        yield warning(
            "W025",
            "ITERABLE_PROJECT_TYPE is userid, and deliveries name people by email, which identifies nobody there: each would "
            "end as needs you, and nothing would be sent.",
            "Use a project of type hybrid or email, and set ITERABLE_PROJECT_TYPE to it.",
        )


def sending() -> Iterator[CheckMessage]:
    modes = ", ".join(SendingSwitch.Mode.values)
    if settings.SENDING not in SendingSwitch.Mode.values:
        mend = f"Set it to one of {modes}; until then it counts as paused."
        yield error("E011", f"SENDING is {settings.SENDING!r}.", mend)
    free = settings.PRODUCTION or is_loopback(settings.ITERABLE_BASE_URL) or settings.SENDING_ALLOW_LIST
    if settings.ITERABLE_API_KEY and not free:
        mend = "List the addresses and domains that may be sent (@example.com); * allows all."
        yield warning("W012", "SENDING_ALLOW_LIST is empty outside production: every delivery is skipped.", mend)


def marketo() -> Iterator[CheckMessage]:
    name = settings.MARKETO_TIME_ZONE
    if name and name not in zoneinfo.available_timezones():
        yield error("E013", f"MARKETO_TIME_ZONE is {name!r}, which is no time zone.", "Use a name like America/Los_Angeles.")
    if not name and settings.PRODUCTION:
        yield warning(
            "W014",
            "MARKETO_TIME_ZONE is not set: a Marketo time without a zone is read as the latest possible instant for a "
            "withdrawal and the earliest for a grant, so that some resubscriptions lose against older withdrawals.",
            "Set it to the time zone of the Marketo subscription (Admin > Location), like America/Los_Angeles.",
        )


def sync() -> Iterator[CheckMessage]:
    if not _is_cron(settings.SYNC_CRON):
        mend = "Write minute, hour, day, month, weekday in UTC, like 15 2 * * *."
        yield error("E015", f"SYNC_CRON is {settings.SYNC_CRON!r}, which is no cron line.", mend)


def monday_mail() -> Iterator[CheckMessage]:
    if settings.MONDAY_MAIL_CRON and not _is_cron(settings.MONDAY_MAIL_CRON):
        mend = "Write minute, hour, day, month, weekday in UTC, like 0 7 * * 1; empty: never."
        yield error("E050", f"MONDAY_MAIL_CRON is {settings.MONDAY_MAIL_CRON!r}, which is no cron line.", mend)


def _is_cron(line: str) -> bool:
    # Six and seven fields would be seconds and years to croniter; Django-Q takes five.
    return len(line.split()) == 5 and croniter.is_valid(line)


def numbers() -> Iterator[CheckMessage]:
    for name in NOT_NEGATIVE:
        if getattr(settings, name) < 0:
            yield error("E017", f"{name} is negative.", "Set it to 0 or more.")
    for name in POSITIVE:
        if getattr(settings, name) <= 0:
            yield error("E018", f"{name} is not above 0.", "Set it to a positive number, or unset it for the default.")


def lease() -> Iterator[CheckMessage]:
    longest_call = CONNECT_SECONDS + settings.ITERABLE_TIMEOUT_SECONDS
    if longest_call >= settings.DELIVERY_LEASE_SECONDS:
        yield error(
            "E019",
            f"DELIVERY_LEASE_SECONDS is {settings.DELIVERY_LEASE_SECONDS}, but one call may take {longest_call:g} s: "
            "a second worker would send rows that are still under way.",
            f"Set it above {longest_call:g}, or lower ITERABLE_TIMEOUT_SECONDS.",
        )


def storage() -> Iterator[CheckMessage]:
    if settings.PRODUCTION and settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        mend = "Set DATABASE_URL to postgres://user:password@host/name."
        yield warning("W020", "DATABASE_URL is SQLite in production: one writer at a time, on one machine.", mend)
    if settings.REDIS_URL and urlsplit(settings.REDIS_URL).scheme not in REDIS:
        mend = "Write redis://host:6379/0, or unset it to use the database as broker."
        yield error("E021", "REDIS_URL is not a Redis address.", mend)


def metrics() -> Iterator[CheckMessage]:
    token = getattr(settings, "METRICS_TOKEN", "")
    if token and len(token) < SHORTEST_METRICS_TOKEN:
        mend = f"Use {SHORTEST_METRICS_TOKEN} characters or more."
        yield error("E022", f"METRICS_TOKEN is shorter than {SHORTEST_METRICS_TOKEN} characters.", mend)
    if settings.PRODUCTION and not token:
        mend = "Set it, and let the scraper send it as Authorization: Bearer <token>."
        yield warning("W023", "METRICS_TOKEN is not set: everybody who reaches /metrics can read the figures.", mend)


def notifications() -> Iterator[CheckMessage]:
    wrong = [address for address in settings.NOTIFY_EMAILS if not is_email(normalise_email(address))]
    if wrong:
        yield error("E026", f"NOTIFY_EMAILS holds {len(wrong)} that are no addresses.", "Write addresses with commas between.")
    if settings.NOTIFY_WEBHOOK_URL and not _is_safe(settings.NOTIFY_WEBHOOK_URL):
        # The URL itself is not shown: chat services put their secret into it.
        yield error("E027", "NOTIFY_WEBHOOK_URL is no https address (http is for loopback alone).", "Write https://….")
    if settings.PUBLIC_URL and urlsplit(settings.PUBLIC_URL).scheme not in ("http", "https"):
        yield error(
            "E028", "PUBLIC_URL is no http(s) address.", "Write the address of these pages, like https://host.example.com."
        )
    if settings.EMAIL_URL and urlsplit(settings.EMAIL_URL).scheme not in environ.Env.EMAIL_SCHEMES:
        yield error("E029", "EMAIL_URL names no known kind of mail server.", "Write smtp+tls://user:password@host:587.")
    if settings.PRODUCTION and settings.NOTIFY_EMAILS and not settings.EMAIL_URL:
        mend = "Set it to the mail server, like smtp+tls://user:password@host:587."
        yield warning("W030", "EMAIL_URL is not set: notifications go to a mail server on this machine, if there is one.", mend)


def _is_safe(address: str) -> bool:
    url = urlsplit(address)
    return bool(url.hostname) and (url.scheme == "https" or (url.scheme == "http" and is_loopback(address)))


def error(code: str, message: str, hint: str) -> CheckMessage:
    return Error(message, hint=hint, id=f"iterable_admin.{code}")


def warning(code: str, message: str, hint: str) -> CheckMessage:
    return Warning(message, hint=hint, id=f"iterable_admin.{code}")


RULES = (
    environment,
    keys,
    iterable_key,
    iterable_address,
    iterable_project,
    sending,
    marketo,
    sync,
    warehouse,
    numbers,
    lease,
    storage,
    metrics,
    notifications,
    monday_mail,
    sign_in,
)
