"""What only Snowflake's own answers show, through the real connector."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from iterable_admin.errors import Misconfigured, Permanent, Problem, Temporary
from iterable_admin.warehouse import snowflake_source
from iterable_admin.warehouse.errors import CredentialsExpired
from iterable_admin.warehouse.source import open_source
from tests.warehouse.stub import Stub, refusal, running_stub

TOKEN = "pat-s3cret-token"
PASSPHRASE = "k3y-passphrase"
ENVIRON = {"SNOWFLAKE_TOKEN": TOKEN}


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    monkeypatch.setattr(snowflake_source, "LOGIN_SECONDS", 2)
    with running_stub() as running:
        yield running


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def connector_log(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All that the connector says at its most talkative."""
    monkeypatch.setattr(logging.getLogger("snowflake.connector"), "propagate", True)
    caplog.set_level(logging.DEBUG, "snowflake.connector")
    return caplog


def pem(key: rsa.RSAPrivateKey, passphrase: str = "") -> str:
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


def refused(stub: Stub, environ: dict[str, str], url: str = "") -> Problem:
    with pytest.raises(Problem) as problem:
        open_source(url or stub.url(), environ)
    return problem.value


def test_a_login_says_who_where_and_how_long(stub: Stub) -> None:
    environ = {**ENVIRON, "SNOWFLAKE_ROLE": "READER", "SNOWFLAKE_STATEMENT_TIMEOUT": "60"}
    open_source(stub.url("&warehouse=REPORTING"), environ).__exit__(None, None, None)
    [login] = stub.logins
    assert (login["ACCOUNT_NAME"], login["LOGIN_NAME"]) == ("acme", "reader")
    assert (login["AUTHENTICATOR"], login["TOKEN"]) == ("PROGRAMMATIC_ACCESS_TOKEN", TOKEN)
    assert {name: login["options"][name] for name in ("databaseName", "schemaName", "warehouse", "roleName")} == {
        "databaseName": ["PREP"],
        "schemaName": ["SENSITIVE"],
        "warehouse": ["REPORTING"],
        "roleName": ["READER"],
    }
    parameters = login["SESSION_PARAMETERS"]
    assert (parameters["QUERY_TAG"], parameters["STATEMENT_TIMEOUT_IN_SECONDS"]) == ("iterable-admin", 60)


@pytest.mark.parametrize(("token", "options"), [("ver:1-hint:1-x", ""), ("eyJhbGciOi.x.y", "&authenticator=oauth")])
def test_an_oauth_token_is_sent_as_one(stub: Stub, token: str, options: str) -> None:
    open_source(stub.url(options), {"SNOWFLAKE_TOKEN": token}).__exit__(None, None, None)
    assert (stub.logins[0]["AUTHENTICATOR"], stub.logins[0]["TOKEN"]) == ("OAUTH", token)


def test_a_private_key_of_a_file_with_a_passphrase_signs_the_login(stub: Stub, key: rsa.RSAPrivateKey, tmp_path: object) -> None:
    file = f"{tmp_path}/snowflake.p8"
    with open(file, "w") as written:
        written.write(pem(key, PASSPHRASE))
    environ = {"SNOWFLAKE_PRIVATE_KEY_FILE": file, "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": PASSPHRASE}
    open_source(stub.url(), environ).__exit__(None, None, None)
    assert stub.logins[0]["AUTHENTICATOR"] == "SNOWFLAKE_JWT"


@pytest.mark.parametrize("code", ["390100", "390101", "390106", "390303", "390318", "394400"])
def test_a_refused_token_stops_the_run_and_says_how_to_renew_it(stub: Stub, code: str) -> None:
    stub.login = refusal(code, f"Programmatic access token {TOKEN} is expired.")
    problem = refused(stub, ENVIRON)
    assert type(problem) is CredentialsExpired
    assert str(problem).startswith(f"Snowflake refused reader at acme ({code})")
    assert "Make a new programmatic access token for the user and set SNOWFLAKE_TOKEN" in str(problem)
    assert TOKEN not in str(problem) + repr(problem)


@pytest.mark.parametrize("code", ["390144", "394301", "394304"])
def test_a_refused_key_stops_the_run_and_says_how_to_renew_it(stub: Stub, key: rsa.RSAPrivateKey, code: str) -> None:
    stub.login = refusal(code, "JWT token is invalid.")
    problem = refused(stub, {"SNOWFLAKE_PRIVATE_KEY": pem(key).replace("\n", "\\n")})
    assert type(problem) is CredentialsExpired
    assert "ALTER USER … SET RSA_PUBLIC_KEY" in str(problem)


def test_an_expired_password_is_not_shown(stub: Stub) -> None:
    stub.login = refusal("390106", "Specified password hunter2 has expired.")
    problem = refused(stub, {}, stub.url().replace("reader@", "reader:hunter2@"))
    assert type(problem) is CredentialsExpired
    assert "hunter2" not in str(problem)
    assert "present password in WAREHOUSE_URL" in str(problem)


@pytest.mark.parametrize(
    ("code", "mend"),
    [("390189", "mend role in WAREHOUSE_URL"), ("390201", "Mend database, schema and warehouse"), ("390422", "network policy")],
)
def test_what_else_refuses_a_login_is_no_matter_of_credentials(stub: Stub, code: str, mend: str) -> None:
    stub.login = refusal(code, "Not this one.")
    problem = refused(stub, ENVIRON)
    assert type(problem) is Misconfigured
    assert mend in str(problem)


def test_an_account_that_does_not_exist_names_the_setting(stub: Stub) -> None:
    stub.status = 403
    assert str(refused(stub, ENVIRON)) == "Snowflake knows no account acme. Mend the account in WAREHOUSE_URL."


def test_a_connector_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "iterable_admin.warehouse.snowflake_source")
    monkeypatch.setitem(sys.modules, "snowflake.connector", None)
    with pytest.raises(Misconfigured, match=r"snowflake\.connector is not installed\. Install it: pip install snowflake-conn"):
        open_source("snowflake://reader@acme/PREP/SENSITIVE", ENVIRON)


def test_a_snowflake_that_is_away_is_worth_another_try(stub: Stub) -> None:
    nowhere = stub.url().replace(stub.address.rpartition(":")[2], "9")
    assert type(refused(stub, ENVIRON, nowhere)) is Temporary


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("000630", Temporary),
        ("000604", Temporary),
        ("390114", Temporary),
        ("002003", Misconfigured),
        ("000904", Misconfigured),
        ("000606", Misconfigured),
        ("090105", Misconfigured),
        ("090073", Misconfigured),
        ("001003", Permanent),
        ("100038", Permanent),
    ],
)
def test_each_refusal_of_a_query_says_what_to_do_about_it(stub: Stub, code: str, kind: type[Problem]) -> None:
    stub.answer = refusal(code, "No.")
    with open_source(stub.url(), ENVIRON) as source, pytest.raises(Problem) as problem:
        list(source.batches("SELECT n FROM t"))
    assert type(problem.value) is kind


def test_values_travel_beside_the_query(stub: Stub) -> None:
    with open_source(stub.url(), ENVIRON) as source:
        list(source.batches("SELECT '$a?', n -- $b?\nFROM t WHERE n < $n AND s = $s OR n = $n", {"n": 3, "s": "it's"}))
    [query] = stub.queries
    assert query["sqlText"] == "SELECT '$a?', n -- $b?\nFROM t WHERE n < ? AND s = ? OR n = ?"
    assert [bound["value"] for bound in query["bindings"].values()] == ["3", "it's", "3"]


def test_a_large_result_is_fetched_piece_by_piece(stub: Stub) -> None:
    stub.chunks = 40
    with open_source(stub.url(), ENVIRON) as source:
        stream = source.batches("SELECT n FROM t", rows=30)
        assert [batch.num_rows for batch in (next(stream), next(stream), next(stream), next(stream))] == [30, 30, 30, 10]
        assert len(stub.fetched) <= snowflake_source.PREFETCHED + 1
        assert sum(batch.num_rows for batch in stream) == 4_000
    assert len(stub.fetched) == 40


def test_a_query_is_cancelled_when_nobody_reads_the_rest(stub: Stub) -> None:
    stub.chunks = 3
    with open_source(stub.url(), ENVIRON) as source:
        stream = source.batches("SELECT n FROM t", rows=30)
        next(stream)
        stream.close()  # type: ignore[attr-defined] # a generator
    assert stub.cancelled == [stub.queries[0]["request"]]


def test_a_query_that_was_read_to_its_end_is_not_cancelled(stub: Stub) -> None:
    with open_source(stub.url(), ENVIRON) as source:
        list(source.batches("SELECT n FROM t"))
    assert stub.cancelled == []


def test_a_stream_that_outlives_its_source_ends_in_silence(stub: Stub) -> None:
    with open_source(stub.url(), ENVIRON) as source:
        stream = source.batches("SELECT n FROM t", rows=30)
        next(stream)
    stream.close()  # type: ignore[attr-defined] # a generator
    assert stub.cancelled == [stub.queries[0]["request"]]


def test_a_piece_that_does_not_come_is_worth_another_try_and_its_address_is_not_shown(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("snowflake.connector.result_batch.MAX_DOWNLOAD_RETRY", 1)
    stub.chunks, stub.store = 1, "127.0.0.1:9"
    with open_source(stub.url(), ENVIRON) as source, pytest.raises(Temporary) as problem:
        list(source.batches("SELECT n FROM t"))
    assert str(problem.value) == "Snowflake did not send all of the result (ConnectionError)."
    assert "signature" not in caplog.text


class Terminated(BaseException):
    pass


def test_a_query_is_cancelled_when_a_signal_ends_the_wait_for_it(stub: Stub) -> None:
    def terminate(number: int, frame: object) -> None:
        raise Terminated

    stub.hangs = True
    before = signal.signal(signal.SIGTERM, terminate)

    def kill_once_asked() -> None:
        stub.asked.wait(30)
        os.kill(os.getpid(), signal.SIGTERM)

    killing = threading.Thread(target=kill_once_asked)
    killing.start()
    try:
        with open_source(stub.url(), ENVIRON) as source, pytest.raises(Terminated):
            list(source.batches("SELECT n FROM t"))
    finally:
        killing.join()
        signal.signal(signal.SIGTERM, before)
    assert stub.cancelled == [stub.queries[0]["request"]]


def test_a_query_of_another_thread_is_cancelled_when_the_source_is_closed(stub: Stub) -> None:
    stub.hangs = True
    said: list[Problem] = []

    def read() -> None:
        try:
            list(source.batches("SELECT n FROM t"))
        except Problem as problem:
            said.append(problem)

    with open_source(stub.url(), ENVIRON) as source:
        reading = threading.Thread(target=read)
        reading.start()
        assert stub.asked.wait(30)
    reading.join()
    assert stub.cancelled == [stub.queries[0]["request"]]
    assert [type(problem) for problem in said] == [Temporary]


def test_nothing_secret_is_logged_or_shown(stub: Stub, key: rsa.RSAPrivateKey, connector_log: pytest.LogCaptureFixture) -> None:
    text = pem(key, PASSPHRASE)
    for environ in (ENVIRON, {"SNOWFLAKE_PRIVATE_KEY": text, "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": PASSPHRASE}):
        with open_source(stub.url(), environ) as source:
            shown = repr(source.settings)  # type: ignore[attr-defined] # of this kind alone
            list(source.batches("SELECT n FROM t"))
        for secret in (TOKEN, PASSPHRASE, text.splitlines()[1]):
            assert secret not in shown
            assert secret not in connector_log.text
    assert "snowflake.connector" in connector_log.text
