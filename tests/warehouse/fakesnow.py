"""Snowflake's double: fakesnow's server as a process of its own, spoken to by the real connector over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import snowflake.connector

from iterable_admin.demo.processes import free_port

DATABASE, SCHEMA = "WAREHOUSE", "SENSITIVE"
FAKESNOW = Path(sys.executable).parent / "fakesnow"
STARTS_WITHIN = 60.0


@contextmanager
def running_fakesnow() -> Iterator[str]:
    """The URL of an empty schema, as WAREHOUSE_URL names it."""
    port = free_port(20_000 + os.getpid() % 20_000, lambda _: None)
    command = [str(FAKESNOW), "-s", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"snowflake://pump:secret@fakesnow/{DATABASE}/{SCHEMA}?host=127.0.0.1&port={port}&protocol=http"
        _wait_until_it_answers(url, process)
        yield url
    finally:
        process.kill()
        process.wait()


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            execute(url, [f"CREATE DATABASE IF NOT EXISTS {DATABASE}", f"CREATE SCHEMA IF NOT EXISTS {DATABASE}.{SCHEMA}"])
            return
        except snowflake.connector.errors.Error:
            if time.monotonic() > end or process.poll() is not None:
                raise
            time.sleep(0.1)


def execute(url: str, statements: Sequence[str]) -> None:
    with connected(url) as connection:
        for statement in statements:
            connection.cursor().execute(statement)


@contextmanager
def connected(url: str) -> Iterator[Any]:
    port = urlsplit(url).query.partition("port=")[2].partition("&")[0]
    with snowflake.connector.connect(
        user="pump",
        password="secret",
        account="fakesnow",
        host="127.0.0.1",
        port=int(port),
        protocol="http",
        database=DATABASE,
        schema=SCHEMA,
        login_timeout=2,
        network_timeout=20,
    ) as connection:
        yield connection


def write_table(url: str, create: str, table: str, rows: Sequence[Mapping[str, Any]], json_column: str) -> None:
    """Anew, with these rows; the values of `json_column` are JSON text."""
    with connected(url) as connection:
        cursor = connection.cursor()
        cursor.execute(create)
        for row in rows:
            marks = ", ".join("parse_json(%s)" if name == json_column else "%s" for name in row)
            cursor.execute(f"INSERT INTO {table} ({', '.join(row)}) SELECT {marks}", list(row.values()))
