"""Servers, loads and clocks of the benchmarks: the real processes on a PostgreSQL database of their own."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from iterable_admin.demo.processes import MANAGE, Troupe, free_port, troupe, wait_until_answers
from tests.scale.databases import SERVER

CONNECTIONS = 8


@dataclass
class Yard:
    players: Troupe
    environment: dict[str, str]

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, MANAGE, *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def serve(self, name: str, application: str) -> str:
        """Two gunicorn workers, as the performance table says. Returns the address."""
        port = free_port(18_500, print)
        arguments = ["-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--workers", "2"]
        self.players.start(name, *arguments)
        url = f"http://127.0.0.1:{port}"
        wait_until_answers(f"{url}/healthz", self.players, name)
        return url


@contextmanager
def yard(folder: Path, **settings: str) -> Iterator[Yard]:
    name = f"bench_{secrets.token_hex(4)}"
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            environment = {
                **os.environ,
                "ENVIRONMENT": "test",
                "VAR_DIR": str(folder),
                "DATABASE_URL": SERVER.rpartition("/")[0] + f"/{name}",
                "LOG_LEVEL": "ERROR",
                **settings,
            }
            with troupe(environment, folder / "logs") as players:
                yield Yard(players, environment)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@dataclass(frozen=True)
class Load:
    per_second: float
    p99_milliseconds: float
    failed: int
    generator_cpu: float
    """Of one core, used by the load generator itself."""


def wrk(url: str, token: str = "", seconds: int = 15) -> Load:
    """wrk is small enough to leave the processors to the server: one thread, eight connections."""
    program = shutil.which("wrk")
    if program is None:
        raise SystemExit("wrk is not installed: apt-get install wrk")
    script = str(Path(__file__).parent / "trial.lua")
    command = [program, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", script]
    headers = ["-H", f"Authorization: Bearer {token}", "-H", "Content-Type: application/json"]
    process = subprocess.Popen([*command, *headers, url], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    process.stdout.close()
    return Load(
        per_second=float(_found(r"Requests/sec:\s+([\d.]+)", output)),
        p99_milliseconds=_milliseconds(_found(r"99%\s+(\S+)", output)),
        failed=int(_found(r"Non-2xx or 3xx responses: (\d+)", output, "0")),
        generator_cpu=(usage.ru_utime + usage.ru_stime) / seconds,
    )


def _found(pattern: str, text: str, default: str = "") -> str:
    match = re.search(pattern, text)
    if match is None and not default:
        raise SystemExit(f"wrk said something else:\n{text}")
    return match.group(1) if match else default


def _milliseconds(word: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", word).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
