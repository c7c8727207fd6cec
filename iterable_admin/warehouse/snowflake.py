"""Snowflake as a source of rows: Arrow batches through its own connector."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from types import ModuleType, TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import pyarrow as pa

from iterable_admin.errors import Misconfigured, Permanent, Problem, Temporary
from iterable_admin.warehouse.errors import CredentialsExpired
from iterable_admin.warehouse.login import Login
from iterable_admin.warehouse.query import named_parameters, with_question_marks
from iterable_admin.warehouse.snowflake_credentials import credentials

MISSING = "WAREHOUSE_URL names Snowflake, and its connector is not installed: pip install 'snowflake-connector-python>=4.8,<5'."
# By default the connector tries for minutes.
LOGIN_SECONDS, NETWORK_SECONDS = 30, 120
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Snowflake's own codes for a log-in that it answered and refused: 390100 wrong password, 390106 expired, 390144 the key …
LOGIN_REFUSED = range(390_000, 400_000)
# sqlstate of a table, a column or a schema that is not there, or not for this role.
NOT_THERE = ("42S02", "42000", "42601", "02000", "42501")
TABLES = "SELECT count(*) FROM information_schema.tables"
RENEW = (
    "Snowflake refused the log-in of {user}: the credentials are wrong or have expired. Renew them (SNOWFLAKE_PRIVATE_KEY, "
    "SNOWFLAKE_TOKEN, or the user itself in Snowflake), restart the workers, then run again."
)


def open_snowflake(url: str, login: Login) -> Snowflake:
    """`snowflake://user@account/DATABASE/SCHEMA?warehouse=…&role=…`; nothing of it but user, database and schema is shown."""
    connector = _connector()
    named = urlsplit(url)
    given = {name: values[-1] for name, values in parse_qs(named.query).items()}
    database, _, schema = named.path.strip("/").partition("/")
    if not (named.username and named.hostname and database and schema):
        raise Misconfigured("WAREHOUSE_URL is not whole: write snowflake://user@account/DATABASE/SCHEMA?warehouse=…&role=….")
    arguments = {
        "user": unquote(named.username),
        # urlsplit lowers it, which an account's name does not mind.
        "account": named.hostname,
        "database": unquote(database),
        "schema": unquote(schema),
        "warehouse": given.get("warehouse") or login.warehouse or None,
        "role": given.get("role") or login.role or None,
        "session_parameters": {
            "QUERY_TAG": login.query_tag,
            "STATEMENT_TIMEOUT_IN_SECONDS": login.statement_seconds,
            "TIMEZONE": "UTC",
        },
        "login_timeout": LOGIN_SECONDS,
        "network_timeout": NETWORK_SECONDS,
        "paramstyle": "qmark",
        **_elsewhere(given),
        **credentials(named, login),
    }
    where = f"{arguments['user']} in {database}.{schema}"
    return Snowflake(connector, _connect(connector, arguments), where, login.statement_seconds)


def _connector() -> ModuleType:
    try:
        import snowflake.connector
    except ImportError as error:
        raise Misconfigured(MISSING) from error
    return snowflake.connector


def _elsewhere(given: Mapping[str, str]) -> dict[str, Any]:
    """A double on this machine: credentials go nowhere else in the clear."""
    if "host" not in given:
        return {}
    if given["host"] not in LOOPBACK:
        raise Misconfigured("WAREHOUSE_URL names a host of its own, which is for a double on this machine only: leave it out.")
    return {"host": given["host"], "port": int(given.get("port", "80")), "protocol": given.get("protocol", "http")}


def _connect(connector: ModuleType, arguments: dict[str, Any]) -> Any:
    try:
        return connector.connect(**arguments)
    except connector.errors.Error as error:
        if int(error.errno or 0) in LOGIN_REFUSED:
            raise CredentialsExpired(RENEW.format(user=arguments["user"])) from None
        raise problem_of(error) from None


def problem_of(error: Any) -> Problem:
    """One for the whole run. The connector's words never hold the credentials; its SQL is left out all the same."""
    from snowflake.connector import errors

    if isinstance(error, errors.ProgrammingError):
        if error.sqlstate in NOT_THERE:
            return Misconfigured(f"Snowflake has not what the query names, or not for our role: {_words(error)}")
        return Permanent(f"Snowflake refused the query: {_words(error)}")
    return Temporary(f"Snowflake could not be asked: {_words(error)}")


def _words(error: Any) -> str:
    return str(error.msg or type(error).__name__).partition("\n")[0][:300]


class Snowflake:
    def __init__(self, connector: ModuleType, connection: Any, where: str, statement_seconds: int) -> None:
        self.connector, self.connection, self.where, self.statement_seconds = connector, connection, where, statement_seconds

    def batches(self, query: str, parameters: Mapping[str, object] = {}, rows: int = 10_000) -> Iterator[pa.RecordBatch]:
        values = [parameters[name] for name in named_parameters(query)]
        cursor = self.connection.cursor()
        ended = False
        try:
            cursor.execute(with_question_marks(query), values or None, timeout=self.statement_seconds)
            for table in cursor.fetch_arrow_batches():
                yield from table.to_batches(max_chunksize=rows)
            ended = True
        except self.connector.errors.Error as error:
            raise problem_of(error) from None
        finally:
            if not ended:
                self._cancel(cursor)
            cursor.close()

    def _cancel(self, cursor: Any) -> None:
        """What nobody reads any more must not go on at the warehouse's cost."""
        if cursor.sfqid:
            # It may have ended, or the network be away: then there is nothing to cancel.
            with contextlib.suppress(self.connector.errors.Error):
                cursor.abort_query(cursor.sfqid)

    def check(self) -> str:
        [batch] = self.batches(TABLES)
        return f"Snowflake answers {self.where}: {batch.column(0)[0].as_py()} tables"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # It asks the server to end the session, which may be away.
        with contextlib.suppress(self.connector.errors.Error):
            self.connection.close()
