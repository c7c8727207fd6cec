from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning

from iterable_admin import warehouse_checks
from iterable_admin.errors import Misconfigured
from iterable_admin.warehouse.errors import INSTALL
from iterable_admin.warehouse.snowflake_settings import VARIABLES
from iterable_admin.warehouse.source import open_source

URL = "snowflake://reader@acme/PREP/SENSITIVE?warehouse=REPORTING"
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def url(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Settings of a sound Snowflake, to be made wrong."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SNOWFLAKE_TOKEN", "a-s3cret-token")
    settings.WAREHOUSE_URL = URL
    return settings


def found() -> list[CheckMessage]:
    return list(warehouse_checks.warehouse())


@pytest.mark.parametrize(
    "sound",
    [
        "duckdb:///x.duckdb",
        "parquet:///x",
        "csv:///x",
        URL,
        "snowflake://reader@acme.snowflakecomputing.com/PREP/SENSITIVE?authenticator=oauth&role=READER",
        "snowflake://acme/PREP/SENSITIVE?authenticator=oauth",
        "snowflake://reader@acme/PREP/SENSITIVE?host=127.0.0.1&port=8080&protocol=http",
    ],
)
def test_a_sound_warehouse_has_nothing_to_mend(url: Any, sound: str) -> None:
    url.WAREHOUSE_URL = sound
    assert found() == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("snowflake://reader@/PREP/SENSITIVE", "lacks the account, the database or the schema"),
        ("snowflake://reader@acme/PREP", "lacks the account, the database or the schema"),
        ("snowflake://acme/PREP/SENSITIVE", "names no user"),
        ("snowflake://reader@[acme/PREP/SENSITIVE", "is no address"),
        (f"{URL}&warehose=X", "unknown options: warehose"),
        (f"{URL}&authenticator=okta", "unknown authenticator"),
        (f"{URL}&host=db.example.com", "a host that is not on loopback"),
        (f"{URL}&protocol=http", "a port or protocol without a host"),
        (f"{URL}&host=127.0.0.1&port=x", "wrong port or protocol"),
    ],
)
def test_a_wrong_url_is_told_without_being_shown(url: Any, wrong: str, said: str) -> None:
    url.WAREHOUSE_URL = wrong
    [message] = found()
    assert (message.id, said in str(message.msg), bool(message.hint)) == ("iterable_admin.E031", True, True)
    assert "reader" not in f"{message.msg}"
    with pytest.raises(Misconfigured, match=said):
        open_source(wrong, {"SNOWFLAKE_TOKEN": "any"})


@pytest.mark.parametrize(
    ("environ", "code", "said"),
    [
        ({"SNOWFLAKE_TOKEN": ""}, "E032", "Neither SNOWFLAKE_PRIVATE_KEY nor SNOWFLAKE_TOKEN is set."),
        (
            {"SNOWFLAKE_TOKEN": "", "SNOWFLAKE_PRIVATE_KEY": "-----BEGIN s3cret"},
            "E033",
            "SNOWFLAKE_PRIVATE_KEY holds no private key in PEM.",
        ),
        (
            {"SNOWFLAKE_TOKEN": "", "SNOWFLAKE_PRIVATE_KEY_FILE": "/nowhere.p8"},
            "E033",
            "SNOWFLAKE_PRIVATE_KEY_FILE cannot be read (No such file or directory).",
        ),
        ({"SNOWFLAKE_STATEMENT_TIMEOUT": "15m"}, "E034", "SNOWFLAKE_STATEMENT_TIMEOUT is no number of seconds."),
        ({"SNOWFLAKE_STATEMENT_TIMEOUT": "0"}, "E034", "SNOWFLAKE_STATEMENT_TIMEOUT is no number of seconds."),
        ({"SNOWFLAKE_QUERY_TAG": "x" * 2_001}, "E035", "SNOWFLAKE_QUERY_TAG is longer than 2,000 characters."),
    ],
)
def test_a_wrong_variable_is_named_with_its_mend(
    url: Any, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], code: str, said: str
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    [message] = found()
    assert (message.id, message.msg, bool(message.hint)) == (f"iterable_admin.{code}", said, True)


def test_two_credentials_are_one_too_many(url: Any) -> None:
    url.WAREHOUSE_URL = URL.replace("reader@", "reader:hunter2@")
    error, warning = found()
    assert error.msg == "More than one credential is set: SNOWFLAKE_TOKEN, a password in WAREHOUSE_URL."
    assert (warning.id, type(warning)) == ("iterable_admin.W036", CheckWarning)
    assert "hunter2" not in f"{error}{warning}"


def test_a_connector_that_is_not_installed_is_named(url: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warehouse_checks, "is_installed", lambda package: False)
    assert [(message.id, message.hint) for message in found()] == [("iterable_admin.E037", INSTALL)]


def test_the_package_to_install_is_the_one_that_is_pinned() -> None:
    [pinned] = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("snowflake")]
    assert f"pip install {pinned} " in INSTALL
