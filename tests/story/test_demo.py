"""The demo brings its own SQLite, so these run once, with the suite on SQLite."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.conf import settings

from iterable_admin.demo.processes import MANAGE, troupe, wait_until_answers
from tests.contract.description import read_description
from tests.contract.proxy import Proxy, proxy_before
from tests.story.conftest import own_port, until

ON_SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
pytestmark = [pytest.mark.story, pytest.mark.skipif(not ON_SQLITE, reason="brings its own SQLite: run with SQLite")]

SMALL = ("--people", "400")
UP = "Ctrl-C ends everything."
# Of a production's .env: nothing of it may reach a demo.
FOREIGN = {
    "ALLOWED_HOSTS": "example.com",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECURE_SSL_REDIRECT": "true",
    "SENDING": "paused",
}

# What a smoke sends. How often is a matter of batches and waiting, but for what is read once.
# Once by the smoke itself, and channels and message types by the hourly schedules too, where their turn comes in time.
ASKED_SELDOM = {"GET /api/channels", "GET /api/messageTypes", "GET /api/users/getFields"}
ASKED_OFTEN = {
    "GET /api/users/getByEmail",
    "GET /api/events/{email}",
    "POST /api/users/bulkUpdate",
    "POST /api/events/trackBulk",
    "DELETE /api/subscriptions/{subscriptionGroup}/{subscriptionGroupId}/user/{userEmail}",
}
# What the mirror reads by itself each hour, where its turn comes in time.
MIRRORED = {
    "GET /api/lists",
    "GET /api/lists/getUsers",
    "GET /api/journeys",
    "GET /api/campaigns",
    "GET /api/templates",
    "GET /api/templates/email/get",
}


class Demo:
    """`manage.py demo` as started from a shell, and what it prints."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        self.folder, self.output = folder, folder / "printed"
        environment = {**os.environ, "VAR_DIR": str(folder), **variables}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, MANAGE, "demo", *SMALL, *arguments], env=environment, stdout=output, stderr=output
            )

    def printed(self) -> str:
        return self.output.read_text()

    def until_it_says(self, words: str) -> None:
        def said_or_over() -> bool:
            return words in self.printed() or self.process.poll() is not None

        until(said_or_over, 60, what=f"a demo that says {words}")
        assert words in self.printed(), self.printed()

    def kin(self) -> list[int]:
        """Every living process of this folder's demos."""
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and self._belongs(entry)]

    def _belongs(self, entry: Path) -> bool:
        with suppress(OSError):
            return f"DEMO_FOLDER={self.folder}/" in (entry / "environ").read_text(errors="replace")
        return False


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    started: list[Demo] = []

    def begin(*arguments: str, **variables: str) -> Demo:
        started.append(Demo(tmp_path, *arguments, **variables))
        return started[-1]

    yield begin
    for demo in started:
        demo.process.terminate()
        demo.process.wait(20)


@contextmanager
def occupied_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", own_port()))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_killed_demo_leaves_nothing_behind_and_the_next_one_ends_with_ctrl_c(start: Callable[..., Demo]) -> None:
    ports = ("--port", str(own_port()), "--sandbox-port", str(own_port()))
    killed = start(*ports, **FOREIGN)
    killed.until_it_says(UP)
    orphans = killed.kin()
    killed.process.send_signal(signal.SIGKILL)
    demo = start(*ports, **FOREIGN)
    demo.until_it_says(UP)
    assert "is in use" not in demo.printed()
    assert set(orphans) & set(demo.kin()) == set()
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(20) == 0
    assert demo.kin() == []


def test_a_port_in_use_is_told_and_another_one_taken(start: Callable[..., Demo]) -> None:
    with occupied_port() as web, occupied_port() as sandbox:
        demo = start("--port", str(web), "--sandbox-port", str(sandbox))
        demo.until_it_says(UP)
    assert f"Port {web} is in use: taking " in demo.printed()
    assert f"Port {sandbox} is in use: taking " in demo.printed()


def test_a_second_demo_of_one_folder_is_refused_while_the_first_goes_on(tmp_path: Path, start: Callable[..., Demo]) -> None:
    first = start("--port", str(own_port()), "--sandbox-port", str(own_port()))
    until(lambda: (tmp_path / "demo" / "lock").exists() and first.kin(), what="the first demo")
    second = subprocess.run(
        [sys.executable, MANAGE, "demo"],
        env={**os.environ, "VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert f"A demo is running in {tmp_path}/demo already, as process {first.process.pid}" in second.stderr
    assert first.process.poll() is None


def smoke(folder: Path, iterable: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TMPDIR": str(folder), "ITERABLE_BASE_URL": iterable}
    command = [sys.executable, MANAGE, "demo", "--smoke", "--people", "1000", "--port", str(own_port())]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@contextmanager
def outside_iterable(folder: Path) -> Iterator[Proxy]:
    port = own_port()
    with troupe(os.environ, folder / "logs") as players, proxy_before(f"http://127.0.0.1:{port}") as proxy:
        players.start("sandbox", MANAGE, "iterable_sandbox", "--port", str(port), "--delay", "2")
        wait_until_answers(f"http://127.0.0.1:{port}/", players, "sandbox")
        yield proxy


def test_a_smoke_agrees_with_an_outside_iterable_at_its_own_limits_and_delay(tmp_path: Path) -> None:
    with outside_iterable(tmp_path) as iterable:
        done = smoke(tmp_path, iterable.url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "events delivered: 310" in done.stdout
    assert "opt-outs equal to the ledger: 3 of 3" in done.stdout
    assert list(tmp_path.glob("iterable-admin-smoke-*")) == []
    assert_only_what_is_published(iterable)


def assert_only_what_is_published(iterable: Proxy) -> None:
    """Every request of the smoke and every answer to it; without the description, nothing is known of either."""
    description = read_description()
    if description is None:
        return
    assert iterable.faults(description) == []
    assert iterable.faults_of_answers(description) == []
    counts = iterable.counts(description)
    assert sum(counts.values()) == len(iterable.exchanges())
    assert set(counts) - MIRRORED == ASKED_SELDOM | ASKED_OFTEN
    assert max(counts[endpoint] for endpoint in ASKED_SELDOM) <= 3


@pytest.mark.parametrize("host", ["https://api.iterable.com", "http://192.0.2.1:8090", "http://127.0.0.1.example.com"])
def test_a_smoke_refuses_any_other_host_at_once(tmp_path: Path, host: str) -> None:
    began = time.monotonic()
    done = smoke(tmp_path, host)
    assert done.returncode == 1
    assert f"ITERABLE_BASE_URL is {host}: the demo sends to this machine only" in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []
    assert time.monotonic() - began < 20
