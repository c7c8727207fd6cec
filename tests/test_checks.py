from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks

from iterable_admin.checks import check_settings

FIT_FOR_PRODUCTION = {
    "ENVIRONMENT": "production",
    "PRODUCTION": True,
    "DEBUG": False,
    "SECRET_KEY": "s" * 50,
    "ADDRESS_KEY": "a" * 50,
    "ITERABLE_API_KEY": "0123456789abcdef0123456789abcdef",
    "ITERABLE_BASE_URL": "https://api.iterable.com",
    "MARKETO_TIME_ZONE": "America/Los_Angeles",
    "METRICS_TOKEN": "m" * 32,
    "BEHIND_PROXY": True,
    "PROXY_COUNT": 1,
    "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
}


@pytest.fixture
def production(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Settings of a sound production on PostgreSQL."""
    for name, value in FIT_FOR_PRODUCTION.items():
        setattr(settings, name, value)
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")
    return settings


def found() -> list[str]:
    return [str(message.id).removeprefix("iterable_admin.") for message in check_settings(None)]


def test_a_fresh_clone_has_nothing_to_mend() -> None:
    assert [message for message in run_checks() if message.id and message.id.startswith("iterable_admin.")] == []


def test_a_sound_production_has_nothing_to_mend(production: Any) -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ENVIRONMENT", "prod", "E001"),
        ("DEBUG", True, "E002"),
        ("SECRET_KEY", "short", "E003"),
        ("ADDRESS_KEY", "", "E004"),
        ("ADDRESS_KEY", "s" * 50, "E005"),
        ("SECRETS_KEYS", ["s" * 50, "short"], "E054"),
        ("ITERABLE_API_KEY", "", "E006"),
        ("ITERABLE_API_KEY", "two words", "E007"),
        ("ITERABLE_BASE_URL", "api.iterable.com", "E008"),
        ("ITERABLE_BASE_URL", "http://api.iterable.com", "E009"),
        ("ITERABLE_PROJECT_TYPE", "emails", "E010"),
        ("ITERABLE_PROJECT_TYPE", "userid", "W025"),
        ("SENDING", "on", "E011"),
        ("MARKETO_TIME_ZONE", "Pacific Time", "E013"),
        ("MARKETO_TIME_ZONE", "", "W014"),
        ("SYNC_CRON", "at two", "E015"),
        ("SYNC_CRON", "0 15 2 * * *", "E015"),
        ("SYNC_CRON", "", "E015"),
        ("WAREHOUSE_URL", "postgres://warehouse", "E016"),
        ("ITERABLE_SETTLE_SECONDS", -1, "E017"),
        ("SYNC_WINDOW_MONTHS", 0, "E018"),
        ("KEEP_ENDED_DAYS", -1, "E018"),
        ("DELIVERY_LEASE_SECONDS", 35, "E019"),
        ("REDIS_URL", "127.0.0.1:6379", "E021"),
        ("METRICS_TOKEN", "short", "E022"),
        ("METRICS_TOKEN", "", "W023"),
        ("NOTIFY_EMAILS", ["Amy Waller"], "E026"),
        ("NOTIFY_WEBHOOK_URL", "http://chat.example.com/hook", "E027"),
        ("PUBLIC_URL", "admin.example.com", "E028"),
        ("EMAIL_URL", "mail.example.com", "E029"),
        ("SESSION_LONGEST_AGE", 3600, "E041"),
        ("OIDC_CLIENT_ID", "client", "E042"),
        ("SIGN_IN_FAILURES", 0, "E018"),
        ("SIGN_IN_LOCK_MINUTES", 0, "E043"),
        ("SIGN_IN_LOCK_MINUTES", 1441, "E043"),
        ("PROXY_COUNT", -1, "E044"),
        ("PROXY_COUNT", 0, "W045"),
    ],
)
def test_one_wrong_setting_is_named_with_its_mend(production: Any, name: str, value: object, code: str) -> None:
    setattr(production, name, value)

    (message,) = check_settings(None)

    assert message.id == f"iterable_admin.{code}"
    assert name in message.msg
    assert message.hint


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("OIDC_ISSUER", "", "E042"),
        ("OIDC_ISSUER", "http://login.example.com", "E046"),
        ("OIDC_CLIENT_ID", "", "E047"),
        ("OIDC_CLIENT_SECRET", "", "E048"),
        ("OIDC_TOKEN_ENDPOINT", "login.example.com/token", "E049"),
        ("OIDC_SCOPES", "email", "W050"),
        ("OIDC_GROUPS_CLAIM", "", "E051"),
        ("OIDC_ROLES", [], "E052"),
        ("OIDC_ROLES", ["marketing=Campaign owner"], "E053"),
        ("OIDC_ROLES", ["Campaigns owner"], "E053"),
    ],
)
def test_one_wrong_setting_of_the_sign_in_provider_is_named(production: Any, name: str, value: object, code: str) -> None:
    production.OIDC_ISSUER = "https://login.example.com"
    production.OIDC_CLIENT_ID, production.OIDC_CLIENT_SECRET = "iterable-admin", "hunter2"
    production.OIDC_ROLES = ["marketing-campaigns=Campaigns owner"]
    assert found() == []

    setattr(production, name, value)

    (message,) = check_settings(None)
    assert (message.id, name in message.msg, bool(message.hint)) == (f"iterable_admin.{code}", True, True)


def test_sqlite_in_production_is_a_warning(production: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(production.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")

    assert found() == ["W020"]


def test_an_empty_allow_list_is_told_outside_production_only(production: Any) -> None:
    production.SENDING_ALLOW_LIST = []
    assert found() == []

    production.PRODUCTION = False
    assert found() == ["W012"]


def test_the_european_data_centre_has_no_email_based_projects(production: Any) -> None:
    production.ITERABLE_BASE_URL = "https://api.eu.iterable.com"
    production.ITERABLE_PROJECT_TYPE = "email"
    assert found() == ["E024"]

    production.ITERABLE_PROJECT_TYPE = "hybrid"
    assert found() == []


def test_plain_http_is_fine_on_loopback(production: Any) -> None:
    production.ITERABLE_BASE_URL = "http://127.0.0.1:8090"

    assert found() == []


def test_no_message_repeats_a_secret(production: Any) -> None:
    production.WAREHOUSE_URL = "mysql://user:hunter2@host/db"
    production.ITERABLE_API_KEY = "hunter2 hunter2"
    production.REDIS_URL = "http://:hunter2@host"
    production.NOTIFY_WEBHOOK_URL, production.EMAIL_URL = "http://chat.example.com/hunter2", "mail://hunter2@host"

    assert "hunter2" not in str(check_settings(None))


def test_mails_without_a_mail_server_are_a_warning_in_production(production: Any) -> None:
    production.EMAIL_URL = ""
    assert found() == []
    production.NOTIFY_EMAILS = ["owner@example.com"]
    assert found() == ["W030"]
