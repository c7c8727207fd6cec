"""`python -m tests.scale.sync [ROWS [ROWS_OF_THE_FIRST_LOAD]]`: the sync, beside a plain dlt pipeline on the same file.

PostgreSQL, a DuckDB file as the source, one worker. Prints the lines of docs/performance.md. The nights start from states as if
everything had been accepted (`tests.scale.standing`); the first load starts from nothing, in a database of its own. What is to
have no rows is left out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import duckdb
import psycopg

from iterable_admin.demo.processes import MANAGE, free_port, troupe, wait_until_answers
from tests.scale.yard import Yard, yard

DLT = Path(__file__).parent / "dlt"
KEY = "0123456789abcdef0123456789abcdef"
POLL = 0.5
# One person in three is in two namespaces.
FILL = """CREATE OR REPLACE TABLE PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL AS SELECT md5(i::VARCHAR) AS dim_marketing_contact_id,
    'user' || i || '@example.com' AS email_address, 'F' || i AS first_name, 'L' || i AS last_name, 'Germany' AS country,
    'Company' AS company_name, NULL::VARCHAR AS job_title, i::DECIMAL(38, 0) AS gitlab_dotcom_user_id,
    'u' || i AS gitlab_user_name,
    'active' AS gitlab_dotcom_active_state, date_trunc('day', now())::TIMESTAMP AS gitlab_dotcom_confirmed_date,
    date_trunc('day', now())::TIMESTAMP - INTERVAL (i % 20) DAY AS gitlab_dotcom_created_date,
    date_trunc('day', now())::TIMESTAMP AS gitlab_dotcom_last_login_date, false AS gitlab_dotcom_email_opted_in, false AS is_pql,
    NULL::TIMESTAMP AS max_trial_start_date, ('[' || array_to_string(list_transform(range(1 + (i % 3 = 0)::INT), lambda k:
    '{"ACTIVE_STAGE_COUNT":1,"CREATED_AT":"2023-06-08 17:31:55.883","CREATOR_USER_ID":' || i || ',"CURRENT_MEMBER_COUNT":1,'
    || '"GITLAB_PLAN_IS_PAID":false,"GITLAB_PLAN_TITLE":"' || if(i % 100 = 0, $title, 'Ultimate Trial') || '","GLM_CONTENT":'
    || '"default-saas-trial","GLM_SOURCE":"about.gitlab.com/pricing/","IS_ACTIVE_TRIAL":true,"IS_IMPACTED_BY_USER_LIMIT":false,'
    || '"IS_NAMESPACE_PQL":false,"IS_SETUP_FOR_COMPANY":false,"LIST_OF_STAGES":["create","plan"],"NAMESPACE_ID":' || (i * 2 + k)
    || ',"TRIAL_START_DATE":"2023-06-08 00:00:00.000","USER_ACCESS_LEVEL":50,"USER_ACCESS_LEVEL_NAME":"Owner","USER_ID":' || i
    || '}'), ',') || ']')::JSON AS namespaces_array FROM range(1, $rows + 1) t(i)"""
SWEPT = "SELECT bool_or(pending), max(finished_at) > to_timestamp(%s) FROM waking_wakeup WHERE name = 'outbox'"
LEFT = "SELECT count(*) FROM outbox_delivery WHERE open"
LAST_ACCEPTED = "SELECT extract(epoch FROM max(accepted_at)) FROM outbox_delivery"
OUTCOME = "SELECT state, read, unchanged, delivered, failed FROM sync_syncrun ORDER BY id DESC LIMIT 1"


@dataclass(frozen=True)
class Measured:
    seconds: float
    megabytes: float
    outcome: str


def fill(path: Path, rows: int, title: str) -> None:
    """In a process of its own: what is measured later would count this one's memory as its own (Linux keeps it over exec)."""
    process = get_context("spawn").Process(target=_fill, args=(path, rows, title))
    process.start()
    process.join()


def _fill(path: Path, rows: int, title: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(FILL, {"rows": rows, "title": title})


@contextmanager
def playing(field: Yard, port: int, limits: str) -> Iterator[None]:
    """A sandbox with so many times Iterable's limits (0: none), and a worker that keeps to them."""
    scale = "1000" if limits == "0" else limits
    with troupe(
        {**field.environment, "ITERABLE_RATE_LIMIT_SCALE": scale}, Path(field.environment["VAR_DIR"]) / "logs"
    ) as players:
        players.start("sandbox", MANAGE, "iterable_sandbox", "--port", str(port), "--rate-limit-scale", limits)
        wait_until_answers(f"http://127.0.0.1:{port}/", players, "sandbox")
        players.start("worker", MANAGE, "qcluster")
        wait_until_idle(field)
        yield


def wait_until_idle(field: Yard) -> None:
    """A worker that was just started first does what its predecessor left, and is woken by the clock."""
    began = time.time()
    with psycopg.connect(field.environment["DATABASE_URL"], autocommit=True) as connection:
        while connection.execute(SWEPT, [began]).fetchone() != (False, True):
            time.sleep(POLL)


def sync(field: Yard) -> Measured:
    """From the start of the command to the moment at which the last row was accepted; the memory is the command's."""
    began = time.time()
    process = subprocess.Popen([sys.executable, MANAGE, "sync"], env=field.environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    ended = time.time()
    with psycopg.connect(field.environment["DATABASE_URL"], autocommit=True) as connection:
        while connection.execute(LEFT).fetchone() != (0,):
            time.sleep(POLL)
        last = connection.execute(LAST_ACCEPTED).fetchone()
        outcome = connection.execute(OUTCOME).fetchone()
    accepted = float(last[0]) if last and last[0] is not None else 0.0
    return Measured(max(ended, accepted) - began, usage.ru_maxrss / 1024, str(outcome))


def dlt(path: Path, port: int, pace: float, folder: Path) -> float:
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", DLT / "requirements.txt"], check=True)
    environment = {**os.environ, "DLT_DATA_DIR": str(folder / "data"), "RUNTIME__DLTHUB_TELEMETRY": "false"}
    command = [str(python), str(DLT / "pipeline.py"), f"http://127.0.0.1:{port}", str(path), str(pace)]
    began = time.monotonic()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def main(rows: int = 1_000_000, first_load: int = 1_000_000) -> None:
    if rows:
        nights(rows)
    if first_load:
        first(first_load)


def nights(rows: int) -> None:
    with prepared(rows) as (field, path, port):
        subprocess.run([sys.executable, "-m", "tests.scale.standing"], check=True, env=field.environment)
        analyze(field)
        with playing(field, port, "0"):
            tell(f"{rows:,} rows, nothing changed", sync(field))
            fill(path, rows, "Premium")
            tell(f"{rows:,} rows, 1 % changed, the sandbox's limits lifted", sync(field))
            print(f"dlt, every night, with no limit: {dlt(path, port, 0, path.parent):.0f} s", flush=True)


def first(rows: int) -> None:
    with prepared(rows) as (field, path, port):
        with playing(field, port, "1"):
            tell(f"{rows:,} rows, first load, 1,000 a call and 4 calls a second", sync(field))
        with playing(field, port, "1"):
            print(f"dlt, the same first load, 4 calls a second: {dlt(path, port, 3.9, path.parent):.0f} s", flush=True)


@contextmanager
def prepared(rows: int) -> Iterator[tuple[Yard, Path, int]]:
    """A database and a warehouse. The sync may create its people, in bulk calls alone: what is measured is their limit."""
    with tempfile.TemporaryDirectory(prefix="scale-sync-") as name:
        folder = Path(name)
        path, port = folder / "warehouse.duckdb", free_port(18_800, print)
        settings = {"WAREHOUSE_URL": f"duckdb://{path}", "ITERABLE_BASE_URL": f"http://127.0.0.1:{port}", "ITERABLE_API_KEY": KEY}
        settings |= {"ITERABLE_SETTLE_SECONDS": "0", "SENDING": "live", "DJANGO_SETTINGS_MODULE": "iterable_admin.settings"}
        with yard(folder, **settings) as field:
            field.manage("migrate")
            field.manage("seed")
            with psycopg.connect(field.environment["DATABASE_URL"], autocommit=True) as connection:
                connection.execute("UPDATE sync_syncdefinition SET mode = 'upsert'")
            fill(path, rows, "Ultimate Trial")
            yield field, path, port


def analyze(field: Yard) -> None:
    with psycopg.connect(field.environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def tell(what: str, measured: Measured) -> None:
    print(f"{what}: {measured.seconds:.0f} s, {measured.megabytes:.0f} MB; {measured.outcome}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
