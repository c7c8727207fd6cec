"""The real processes: web server, two clusters, sandbox, on a database of their own."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from django.conf import settings

from iterable_admin.demo.processes import MANAGE, Troupe, free_port, troupe, wait_until_answers
from tests.contract.description import read_description
from tests.contract.proxy import Proxy, proxy_before

KEY = {"Api-Key": "a-key-for-the-sandbox"}
COUNTER = count()

# In one process, because each start of one takes seconds where two processors are shared.
PREPARE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("seed", verbosity=0)
"""
SET_UP = """
from contacts.consent.learning import learn_ids
from iterable_admin.inbox.models import Source
from iterable_admin.inbox.tokens import create_token
learn_ids()
print(create_token(Source.objects.create(name="story", scopes=[scope.value for scope in Source.Scope])))
"""


def own_port() -> int:
    """Of a range that no other process of the suite looks in: two that look at once find the same one free."""
    return free_port(12_000 + os.getpid() % 400 * 50 + next(COUNTER) % 25, print)


def until(condition: Callable[[], Any], seconds: float = 60, *, what: str = "") -> Any:
    """The first true answer; fails when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:.0f} s: {what or condition}")


@dataclass
class Stage:
    """A running product and its Iterable, used from outside: REST, the sandbox's pages, signals."""

    players: Troupe
    environment: dict[str, str]
    url: str
    iterable: str
    token: str = ""
    ids: list[str] = field(default_factory=list)

    def post(self, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.post(f"{self.url}/api/v1/{path}", json=body, headers=headers, timeout=30)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        return requests.get(f"{self.url}/api/v1/{path}", headers={"Authorization": f"Bearer {self.token}"}, timeout=30).json()

    def event(self, uuid: str) -> Any:
        return self.get(f"events/{uuid}/")

    def ask(self, path: str, **query: Any) -> Any:
        return requests.get(f"{self.iterable}{path}", query, headers=KEY, timeout=30).json()

    def user(self, email: str) -> dict[str, Any]:
        fields: dict[str, Any] = self.ask("/api/users/getByEmail", email=email).get("user", {}).get("dataFields", {})
        return fields

    def events(self, email: str) -> list[str]:
        found = self.ask(f"/api/events/{email}", limit=200).get("events", [])
        return [event["eventName"] for event in found if "eventName" in event]

    def history(self, email: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("/sandbox/history.json", email=email)["history"]
        return found

    def faults(self, **wanted: Any) -> None:
        requests.post(f"{self.iterable}/sandbox/faults", json=wanted, timeout=10).raise_for_status()

    def channel(self) -> int:
        return next(int(row["id"]) for row in self.ask("/api/channels")["channels"] if row["name"] == "Marketing Channel")

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, MANAGE, *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start_workers(self) -> None:
        self.players.start("worker", MANAGE, "qcluster")

    def start_sync_worker(self) -> None:
        self.players.start("sync", MANAGE, "qcluster", environment={"Q_CLUSTER_NAME": "sync"})

    def start_sync(self) -> int:
        """The id of the run."""
        return int(self.post("sync-runs/", {})["id"])

    def run(self, number: int) -> dict[str, Any]:
        return next(run for run in self.get("sync-runs/")["results"] if run["id"] == number)

    def ended(self, number: int, seconds: float = 60) -> dict[str, Any]:
        """The run, once it has ended, however."""
        until(lambda: self.run(number)["state"] not in ("running", "delivering"), seconds, what=f"the end of run {number}")
        return self.run(number)

    def calls(self, **query: Any) -> list[dict[str, Any]]:
        """Oldest first."""
        found: list[dict[str, Any]] = self.ask("/sandbox/calls.json", limit=20_000, **query)["calls"]
        return [call for call in reversed(found) if call["path"].startswith("/api/")]

    def processes_of(self, name: str) -> list[int]:
        """Every process of one player, by its session: the leash, the cluster, its sentinel, pusher, monitor and workers."""
        leash = self.players.running[name].pid
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _session(entry) == leash]

    def kill_all_of(self, name: str) -> None:
        for pid in self.processes_of(name):
            os.kill(pid, signal.SIGKILL)
        self.players.running[name].wait()


def _session(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[3])
    except (OSError, IndexError):
        return -1


@contextmanager
def own_database(folder: Path, template: str = "") -> Iterator[str]:
    """Of the same kind as the suite runs on: its URL. Empty, or a copy of another one that nobody is connected to."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        if template:
            shutil.copyfile(template.removeprefix("sqlite:///"), folder / "story.sqlite3")
        yield f"sqlite:///{folder / 'story.sqlite3'}"
        return
    name = f"story_{secrets.token_hex(6)}"
    server = {"host": database["HOST"], "port": database["PORT"], "user": database["USER"], "password": database["PASSWORD"]}
    with psycopg.connect(**server, dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template.rpartition('/')[2] or 'template1'}")
        try:
            secret = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
            yield f"postgres://{database['USER']}{secret}@{database['HOST']}:{database['PORT'] or 5432}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def unpublished_requests(proxy: Proxy) -> list[str]:
    """What the processes sent that Iterable's description does not have; nothing without a description."""
    description = read_description()
    return proxy.faults(description) if description else []


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with its tables and what `seed` makes, for each story to begin with a copy of."""
    folder = tmp_path_factory.mktemp("prepared")
    with own_database(folder) as url:
        environment = {**os.environ, "ENVIRONMENT": "test", "VAR_DIR": str(folder), "DATABASE_URL": url, "LOG_LEVEL": "WARNING"}
        subprocess.run([sys.executable, MANAGE, "shell", "-c", PREPARE], env=environment, check=True)
        yield url


@pytest.fixture
def stage(tmp_path: Path, prepared: str, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Parametrise indirectly with `{"sandbox": [options], "settings": {...}}`."""
    wanted = getattr(request, "param", {})
    web, iterable = own_port(), own_port()
    with own_database(tmp_path, prepared) as database_url, proxy_before(f"http://127.0.0.1:{iterable}") as proxy:
        environment = {
            **os.environ,
            "ENVIRONMENT": "test",
            "VAR_DIR": str(tmp_path),
            "DATABASE_URL": database_url,
            "ITERABLE_BASE_URL": proxy.url,
            "ITERABLE_API_KEY": KEY["Api-Key"],
            "ITERABLE_SETTLE_SECONDS": "0",
            "ITERABLE_RATE_LIMIT_SCALE": "50",
            "ITERABLE_TIMEOUT_SECONDS": "5",
            "DELIVERY_LEASE_SECONDS": "12",
            "EVENT_LEASE_SECONDS": "3",
            "WAREHOUSE_URL": f"duckdb:///{tmp_path / 'warehouse.duckdb'}",
            "LOG_LEVEL": "WARNING",
            **wanted.get("settings", {}),
        }
        with troupe(environment, tmp_path / "logs") as players:
            running = Stage(players, environment, f"http://127.0.0.1:{web}", proxy.upstream)
            _set(running, web, iterable, wanted.get("sandbox", []))
            yield running
        assert unpublished_requests(proxy) == []


def _set(running: Stage, web: int, iterable: int, options: list[str]) -> None:
    scale = ["--rate-limit-scale", "50"] if "--rate-limit-scale" not in options else []
    running.players.start("sandbox", MANAGE, "iterable_sandbox", "--port", str(iterable), *scale, *options)
    wait_until_answers(f"{running.iterable}/", running.players, "sandbox")
    running.token = running.manage("shell", "-c", SET_UP).strip().splitlines()[-1]
    running.players.start("web", "-m", "gunicorn", "iterable_admin.wsgi", "--bind", f"127.0.0.1:{web}", "--workers", "1")
    running.start_workers()
    wait_until_answers(f"{running.url}/healthz", running.players, "web")
