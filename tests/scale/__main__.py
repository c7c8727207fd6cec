"""`make bench`: measures the pipes with the real processes and writes docs/performance.md."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import requests

from iterable_admin.demo.processes import MANAGE, free_port, wait_until_answers
from tests.scale.bare import TABLE
from tests.scale.databases import SERVER
from tests.scale.profiles import Pace
from tests.scale.profiles import measure as measure_profiles
from tests.scale.report import write_report
from tests.scale.trials import trial
from tests.scale.yard import Load, Yard, wrk, yard

ROUNDS = 3
SINGLE = "/api/v1/events/saas-trial/"
EVENTS_A_CALL = 1_000
BULK_CALLS = 40
END_TO_END = 20_000


@dataclass(frozen=True)
class Figures:
    bare: list[Load]
    single: list[Load]
    bulk: list[float]
    bulk_generator_cpu: float
    end_to_end: float
    end_to_end_generator_cpu: float
    worker_cpu: dict[str, float]
    pieces: list[tuple[str, str]]
    profiles: Pace


def say(line: str) -> None:
    print(line, flush=True)


def measure_single(field: Yard, token: str) -> tuple[list[Load], list[Load]]:
    """Ours and the bare insert in turn, so that a change of the machine's pace falls on both."""
    bare = field.serve("bare", "tests.scale.bare_wsgi") + SINGLE
    ours = field.serve("web", "iterable_admin.wsgi") + SINGLE
    for url in (bare, ours):
        wrk(url, token, 3)
    pairs = []
    for number in range(ROUNDS):
        pairs.append((wrk(bare, token), wrk(ours, token)))
        say(f"  round {number + 1}: bare {pairs[-1][0].per_second:,.0f}/s, ours {pairs[-1][1].per_second:,.0f}/s")
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def post_in_bulk(url: str, token: str, first: int, calls: int) -> float:
    """Seconds of processor time that sending took."""
    bodies = [{"events": [trial(first + call * EVENTS_A_CALL + n) for n in range(EVENTS_A_CALL)]} for call in range(calls)]
    began = time.process_time()

    def post(body: dict[str, Any]) -> None:
        answer = requests.post(f"{url}/api/v1/events/bulk/", json=body, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        assert answer.status_code == 202, answer.text[:500]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(post, bodies))
    return time.process_time() - began


def measure_bulk(field: Yard, token: str) -> tuple[list[float], float]:
    url = field.serve("bulk", "iterable_admin.wsgi")
    rates, cpu = [], 0.0
    post_in_bulk(url, token, 10_000_000, 2)
    for number in range(ROUNDS):
        began = time.monotonic()
        cpu = post_in_bulk(url, token, (number + 1) * 1_000_000, BULK_CALLS)
        elapsed = time.monotonic() - began
        rates.append(BULK_CALLS * EVENTS_A_CALL / elapsed)
        say(f"  round {number + 1}: {rates[-1]:,.0f} events/s")
    return rates, cpu / elapsed


def measure_end_to_end(folder: Path) -> tuple[float, float, dict[str, float]]:
    """From the first byte of the first request to the last event in the sandbox, with nothing held back by rate."""
    port = free_port(19_500, say)
    settings = {
        "ITERABLE_BASE_URL": f"http://127.0.0.1:{port}",
        "ITERABLE_API_KEY": "a-key-for-the-sandbox",
        "ITERABLE_SETTLE_SECONDS": "0",
        "ITERABLE_RATE_LIMIT_SCALE": "1000",
    }
    with yard(folder, **settings) as field:
        token = prepared(field)
        field.players.start("sandbox", MANAGE, "iterable_sandbox", "--port", str(port), "--rate-limit-scale", "0")
        wait_until_answers(f"http://127.0.0.1:{port}/", field.players, "sandbox")
        field.manage("shell", "-c", "from contacts.consent.learning import learn_ids; learn_ids()")
        url = field.serve("web", "iterable_admin.wsgi")
        field.players.start("worker", MANAGE, "qcluster")
        began = time.monotonic()
        cpu = post_in_bulk(url, token, 0, END_TO_END // EVENTS_A_CALL)
        _until_delivered(port)
        elapsed = time.monotonic() - began
        return END_TO_END / elapsed, cpu / elapsed, {name: cpu_of(field, name) / elapsed for name in field.players.running}


def _until_delivered(port: int) -> None:
    end = time.monotonic() + 300
    while time.monotonic() < end:
        counts = requests.get(f"http://127.0.0.1:{port}/sandbox/counts.json", timeout=30).json()
        if counts["events"] >= END_TO_END:
            return
        time.sleep(0.2)
    raise SystemExit("Not everything was delivered within 300 s.")


def cpu_of(field: Yard, name: str) -> float:
    """Seconds of processor time of one player's whole session, those of its ended children included."""
    leash, ticks = field.players.running[name].pid, os.sysconf("SC_CLK_TCK")
    total = 0.0
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "stat").read_text().rpartition(")")[2].split() if entry.name.isdigit() else []
        except OSError:
            continue
        if len(words) > 14 and int(words[3]) == leash:
            total += sum(map(int, words[11:15])) / ticks
    return total


def measure_pieces(field: Yard, token: str) -> list[tuple[str, str]]:
    command = [sys.executable, "-m", "tests.scale.pieces", token]
    told = subprocess.run(command, env=field.environment, capture_output=True, text=True, check=True).stdout
    return [(name, figure) for name, _, figure in (line.partition("\t") for line in told.splitlines())]


def prepared(field: Yard) -> str:
    field.manage("migrate", "--verbosity", "0")
    field.manage("seed")
    with psycopg.connect(field.environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(TABLE)
    return field.manage("create_token", "bench").strip()


def conditions() -> dict[str, str]:
    with psycopg.connect(SERVER) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone() for name in ("server_version", "fsync", "synchronous_commit")
        }
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "revision": revision or "unknown",
        "machine": f"{os.cpu_count()} cores, everything on loopback, Python {platform.python_version()}",
        "PostgreSQL": ", ".join(f"{name} {row[0]}" for name, row in shown.items() if row),
    }


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with yard(folder) as field:
            token = prepared(field)
            pieces = measure_pieces(field, token)
            say("Single events, beside a bare insert …")
            bare, single = measure_single(field, token)
        with yard(folder) as field:
            token = prepared(field)
            say("Bulk intake …")
            bulk, bulk_cpu = measure_bulk(field, token)
        say(f"End to end, {END_TO_END:,} events, two deliveries each …")
        rate, cpu, workers = measure_end_to_end(folder)
        say(f"  {rate:,.0f} events/s")
    say("Profiles made in the sandbox …")
    profiles = measure_profiles()["made"]
    say(f"  {profiles.wall:,.0f}/s")
    write_report(Figures(bare, single, bulk, bulk_cpu, rate, cpu, workers, pieces, profiles), conditions())
    say("Written to docs/performance.md.")


if __name__ == "__main__":
    main()
