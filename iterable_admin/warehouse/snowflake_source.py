"""Snowflake as a source of rows: one session, whose queries stream Arrow and end when nobody reads them any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import snowflake.connector
from snowflake.connector import SnowflakeConnection
from snowflake.connector.cursor import SnowflakeCursor
from snowflake.connector.errors import Error
from snowflake.connector.network import RetryRequest

from iterable_admin.errors import Temporary
from iterable_admin.warehouse.binding import positional
from iterable_admin.warehouse.query import check_query
from iterable_admin.warehouse.snowflake_errors import problem_of_opening, problem_of_reading
from iterable_admin.warehouse.snowflake_settings import SnowflakeSettings, read_settings

# The connector's own defaults retry for minutes, or for ever.
LOGIN_SECONDS = 30
NETWORK_SECONDS = 120
GRACE_SECONDS = 30
"""After the statement's time: the server, which says why, ends a query before the connector does."""
PREFETCHED = 2
"""Chunks of the result, of some 10 MB each, that are fetched ahead of the reader."""
TABLES_SHOWN = 10
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY table_name"
VERSION = "SELECT current_version()"


def open_snowflake(url: str, environ: Mapping[str, str]) -> SnowflakeSource:
    settings = read_settings(url, environ)
    try:
        return SnowflakeSource(settings, snowflake.connector.connect(**arguments(settings)))
    except Error as error:
        raise problem_of_opening(error, settings) from error
    except (RetryRequest, OSError) as error:
        raise Temporary(f"Snowflake was not reached at {settings.account} ({type(error).__name__}).") from error


def arguments(settings: SnowflakeSettings) -> dict[str, Any]:
    secrets = {"password": settings.password, "token": settings.token, "private_key": settings.private_key}
    optional = {"warehouse": settings.warehouse, "role": settings.role, "user": settings.user, **secrets}
    return {
        "account": settings.account,
        "database": settings.database,
        "schema": settings.schema,
        "authenticator": settings.authenticator,
        # Values travel beside the text and are bound by the server; the default would format them into it.
        "paramstyle": "qmark",
        "arrow_number_to_decimal": True,
        "client_prefetch_threads": PREFETCHED,
        "login_timeout": LOGIN_SECONDS,
        "network_timeout": NETWORK_SECONDS,
        # Otherwise it asks the clouds' metadata services where it runs, at each login.
        "platform_detection_timeout_seconds": 0.0,
        # What the URL names and the role may not use is said at the login, not by the first query in other words.
        "validate_default_parameters": True,
        "session_parameters": session_parameters(settings),
        **{name: value for name, value in optional.items() if value},
        **settings.server,
    }


def session_parameters(settings: SnowflakeSettings) -> dict[str, str | int | bool]:
    return {
        "QUERY_TAG": settings.query_tag,
        "STATEMENT_TIMEOUT_IN_SECONDS": settings.statement_timeout,
        # A naive timestamp beside a zoned one is read in the session's zone.
        "TIMEZONE": "UTC",
        # If this process is killed, its query ends too.
        "ABORT_DETACHED_QUERY": True,
        "MULTI_STATEMENT_COUNT": 1,
        "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT": "ARROW",
        "CLIENT_TELEMETRY_ENABLED": False,
    }


class SnowflakeSource:
    def __init__(self, settings: SnowflakeSettings, connection: SnowflakeConnection) -> None:
        self.settings = settings
        self.connection = connection
        self.running: dict[SnowflakeCursor, str] = {}

    def batches(self, query: str, parameters: Mapping[str, object] = {}, rows: int = 10_000) -> Iterator[pa.RecordBatch]:
        check_query(query, "snowflake")
        text, values = positional(query, parameters)
        cursor = self.connection.cursor()
        self.running[cursor] = text
        try:
            cursor.execute(text, values, timeout=self.settings.statement_timeout + GRACE_SECONDS)
            # Microseconds: what Python has. Without it each chunk chooses for itself, and the year 9999 fits none.
            for table in cursor.fetch_arrow_batches(force_microsecond_precision=True):
                yield from table.to_batches(max_chunksize=rows)
        except Error as error:
            raise problem_of_reading(error, self.settings) from error
        except (RetryRequest, OSError) as error:
            # A chunk that did not come; its address, which the error tells, is signed: whoever has it may read it.
            raise Temporary(f"Snowflake did not send all of the result ({type(error).__name__}).") from None
        except BaseException:
            # The reader stopped early, or a signal ended the wait: nobody reads the rest.
            self.cancel(cursor)
            raise
        finally:
            self.running.pop(cursor, None)
            cursor.close()

    def cancel(self, cursor: SnowflakeCursor) -> None:
        """As the connector does on Ctrl-C: its public call takes a query's id, which is known only when the query is through."""
        if self.connection.is_closed() or not cursor._request_id:
            return
        with suppress(Error, RetryRequest, OSError):
            self.connection._cancel_query(self.running[cursor], cursor._request_id)

    def check(self) -> str:
        [version] = self.values(VERSION)
        tables = [str(name) for name in self.values(TABLES)]
        more = f" and {len(tables) - TABLES_SHOWN} more" if len(tables) > TABLES_SHOWN else ""
        place = f"{self.settings.account}/{self.settings.database}/{self.settings.schema}"
        return f"Snowflake {version} at {place} answers; tables: {', '.join(tables[:TABLES_SHOWN]) or 'none'}{more}"

    def values(self, query: str) -> list[object]:
        return [value for batch in self.batches(query) for value in batch.column(0).to_pylist()]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for cursor in list(self.running):
            self.cancel(cursor)
        self.connection.close()
