from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from snowflake.connector.cursor import SnowflakeCursor

from iterable_admin.errors import Misconfigured, Permanent, Temporary
from iterable_admin.warehouse.errors import CredentialsExpired
from iterable_admin.warehouse.login import Login
from iterable_admin.warehouse.marketing_contacts import naive_utc, python_values
from iterable_admin.warehouse.source import open_source
from tests.warehouse.fakesnow import execute, running_fakesnow
from tests.warehouse.refusing import refusing

QUERY = "SELECT id, text, seen FROM numbers WHERE seen >= $since ORDER BY id"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running_fakesnow() as url:
        execute(
            url,
            [
                "CREATE TABLE numbers (id NUMBER(38, 0), text VARCHAR, seen TIMESTAMP_NTZ)",
                "INSERT INTO numbers SELECT 1, 'one', '2026-11-01 10:00:00'::TIMESTAMP_NTZ",
                "INSERT INTO numbers SELECT 2, '; DROP TABLE numbers', '2026-11-02 10:00:00'::TIMESTAMP_NTZ",
                "INSERT INTO numbers SELECT 3, 'old', '2025-11-02 10:00:00'::TIMESTAMP_NTZ",
            ],
        )
        yield url


def test_rows_come_as_arrow_with_parameters_bound_by_the_server(server: str) -> None:
    with open_source(server) as source:
        batches = list(source.batches(QUERY, {"since": naive_utc(datetime(2026, 1, 1, tzinfo=UTC))}))
    assert [row["ID"] for batch in batches for row in batch.to_pylist()] == [1, 2]


def test_batches_are_no_larger_than_asked_and_none_is_lost(server: str) -> None:
    with open_source(server) as source:
        batches = list(source.batches("SELECT id FROM numbers ORDER BY id", rows=2))
    assert [batch.num_rows for batch in batches] == [2, 1]


def test_a_stream_left_half_way_is_cancelled_at_the_warehouse(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled: list[str] = []
    monkeypatch.setattr(SnowflakeCursor, "abort_query", lambda cursor, query_id: cancelled.append(query_id))
    with open_source(server) as source:
        stream = source.batches("SELECT id FROM numbers", rows=1)
        next(stream)
        stream.close()  # type: ignore[attr-defined] # a generator
        list(source.batches("SELECT id FROM numbers"))
    assert len(cancelled) == 1


def test_the_check_says_who_asked_and_where(server: str) -> None:
    with open_source(server) as source:
        assert source.check().startswith("Snowflake answers pump in WAREHOUSE.SENSITIVE: ")


def test_a_table_that_is_not_there_is_a_setting_to_mend(server: str) -> None:
    with open_source(server) as source, pytest.raises(Misconfigured, match="has not what the query names"):
        list(source.batches("SELECT * FROM nothing"))


def pem(passphrase: bytes) -> str:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase)).decode()


def test_a_key_pair_logs_in_from_the_environment_or_a_file(server: str, tmp_path: Path) -> None:
    url, file = server.replace(":secret", ""), tmp_path / "key.pem"
    file.write_text(pem(b"open sesame"))
    in_one_line = Login(private_key=pem(b"open sesame").replace("\n", "\\n"), passphrase="open sesame")
    for login in (in_one_line, Login(private_key_file=str(file), passphrase="open sesame")):
        with open_source(url, login) as source:
            assert source.check().startswith("Snowflake answers pump")
        assert "open sesame" not in repr(login)


def test_a_token_logs_in(server: str) -> None:
    with open_source(server.replace(":secret", ""), Login(token="abc")) as source:
        assert source.check().startswith("Snowflake answers pump")


@pytest.mark.parametrize(
    ("login", "said"),
    [
        (Login(), "there are no credentials: set SNOWFLAKE_PRIVATE_KEY or SNOWFLAKE_TOKEN"),
        (Login(private_key="hunter2"), "SNOWFLAKE_PRIVATE_KEY is no private key"),
        (Login(private_key_file="/nowhere/key.pem"), "names /nowhere/key.pem, which cannot be read"),
    ],
)
def test_credentials_that_cannot_be_used_are_named_and_not_shown(login: Login, said: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        open_source("snowflake://pump@account/DB/S", login)
    assert said in str(raised.value)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("url", ["snowflake://account/DB/S", "snowflake://pump@account/DB", "snowflake://pump@account"])
def test_a_url_that_is_not_whole_says_how_it_is_written(url: str) -> None:
    with pytest.raises(Misconfigured, match="write snowflake://user@account/DATABASE/SCHEMA"):
        open_source(url)


def test_a_host_beyond_this_machine_is_refused_and_the_password_stays_here() -> None:
    with pytest.raises(Misconfigured) as raised:
        open_source("snowflake://pump:hunter2@account/DB/S?host=evil.example.com")
    assert "for a double on this machine only" in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_without_its_connector_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "snowflake.connector", None)
    with pytest.raises(Misconfigured, match=r"pip install 'snowflake-connector-python>=4\.8,<5'"):
        open_source("snowflake://pump:x@account/DB/S")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("390100", "Incorrect username or password was specified."),
        ("390106", "Your password has expired."),
        ("390144", "JWT token is invalid."),
        ("394400", "Programmatic access token is invalid."),
    ],
)
def test_refused_credentials_are_one_problem_with_the_mend(code: str, message: str) -> None:
    with refusing(code, message) as url, pytest.raises(CredentialsExpired) as raised:
        open_source(url)
    assert str(raised.value).startswith("Snowflake refused the log-in of pump: the credentials are wrong or have expired. Renew")
    assert "hunter2" not in str(raised.value)


def test_a_warehouse_that_is_away_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iterable_admin.warehouse.snowflake.LOGIN_SECONDS", 1)
    with pytest.raises(Temporary, match="Snowflake could not be asked"):
        open_source("snowflake://pump:x@account/DB/S?host=127.0.0.1&port=1&protocol=http")


def test_a_statement_that_is_no_query_of_the_grammar_is_permanent(server: str) -> None:
    with open_source(server) as source, pytest.raises((Permanent, Misconfigured)):
        list(source.batches("SELECT FROM WHERE"))


def test_timestamps_mean_utc(server: str) -> None:
    with open_source(server) as source:
        [batch] = source.batches("SELECT seen FROM numbers WHERE id = 1")
    assert python_values(batch.column(0)) == [datetime(2026, 11, 1, 10, tzinfo=UTC)]
