from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from iterable_admin.sandbox import running_sandbox
from tests.sandbox.caller import Caller

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "django", "iterable_sandbox", "--port", "0", *options]
    # A database that cannot be reached: the sandbox needs none.
    settings = {"DJANGO_SETTINGS_MODULE": "iterable_admin.settings", "DATABASE_URL": "sqlite:////nonexistent/db"}
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.fullmatch(r"sandbox ready at (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())
            assert found is not None
            yield process, found[1]
        finally:
            process.kill()


@pytest.mark.story
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_told_to_stop(number: signal.Signals) -> None:
    options = ("--project-type", "hybrid", "--export-states", "described", "--webhook-url", "https://hooks.example.com/in")
    with started("--delay", "0", *options) as (process, url), Caller(url) as caller:
        assert [hook["endpoint"] for hook in caller.get("/api/webhooks")[1]["webhooks"]] == ["https://hooks.example.com/in"]
        process.send_signal(number)
        assert process.wait(timeout=10) == 0


@pytest.mark.story
def test_a_killed_sandbox_keeps_all_it_answered(tmp_path: Path) -> None:
    file = str(tmp_path / "state")
    with started("--state", file, "--rate-limit-scale", "0") as (process, url), Caller(url) as caller:
        for number in range(50):
            caller.make(f"u{number}@example.com", a=number)
        process.kill()
        process.wait(timeout=10)
    with running_sandbox(state=file) as running, running.state.lock:
        assert len(running.state.people.everybody) == 50


def test_a_taken_port_is_named() -> None:
    with running_sandbox() as running, pytest.raises(CommandError, match="cannot listen"):
        call_command("iterable_sandbox", port=int(running.url.rsplit(":", 1)[1]))
