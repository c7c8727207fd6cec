"""The main job on embedded parts, from nothing to the dashboard with one command."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from iterable_admin.demo.environment import RATE_LIMIT_SCALE, STAGED, Folder, demo_environment
from iterable_admin.demo.processes import MANAGE, Troupe, free_port, troupe, wait_until_answers
from iterable_admin.errors import Problem
from iterable_admin.outbox.connection import is_loopback

WEB_PORT = 8000
SANDBOX_PORT = 8090
# Told from the process that chose the settings to the one that runs with them.
FOLDER, PORT = "DEMO_FOLDER", "DEMO_SANDBOX_PORT"


class Command(BaseCommand):
    help = "Start everything on this machine: sandbox, workers, web server; send events, run a sync, print URL and logins."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--smoke", action="store_true", help="Do the job once, compare, print the counts, and end.")
        parser.add_argument("--port", type=int, default=WEB_PORT, help=f"of the web server ({WEB_PORT})")
        parser.add_argument("--sandbox-port", type=int, default=SANDBOX_PORT, help=f"of the sandbox ({SANDBOX_PORT})")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, _as_interrupt)
        try:
            if STAGED in os.environ:
                self._perform(options)
            else:
                self._enter(options)
        except Problem as problem:
            raise CommandError(str(problem)) from None
        except KeyboardInterrupt:
            self.stdout.write("\nEnded.")

    def _enter(self, options: dict[str, Any]) -> None:
        """Begin again with the demo's settings: they are read once, when a process starts."""
        outside = os.environ.get("ITERABLE_BASE_URL", "") if options["smoke"] else ""
        if outside and not is_loopback(outside):
            raise CommandError(f"ITERABLE_BASE_URL is {outside}: the demo sends to this machine only (127.0.0.1).")
        path = Path(tempfile.mkdtemp(prefix="iterable-admin-smoke-")) if options["smoke"] else Path(settings.VAR_DIR) / "demo"
        sandbox_port = 0 if outside else free_port(options["sandbox_port"], self._say)
        url = outside or f"http://127.0.0.1:{sandbox_port}"
        environment = demo_environment(Folder(path), url, own_sandbox=not outside)
        environment |= {FOLDER: str(path), PORT: str(sandbox_port)}
        command = [sys.executable, MANAGE, "demo", "--port", str(options["port"]), *(["--smoke"] if options["smoke"] else [])]
        # The same process, so that Ctrl-C and a kill reach the one that holds the leashes.
        os.execve(command[0], command, environment)  # noqa: S606 - this very command

    def _perform(self, options: dict[str, Any]) -> None:
        from iterable_admin.demo.performing import perform, perform_smoke

        folder = Folder(Path(os.environ[FOLDER]))
        try:
            with troupe(os.environ, folder.path / "logs") as players:
                _start_sandbox(players, folder, int(os.environ[PORT]))
                port = free_port(options["port"], self._say)
                if options["smoke"]:
                    sys.exit(perform_smoke(folder, players, port, self._say))
                perform(folder, players, port, self._say)
                _watch(players, self._say)
        finally:
            if options["smoke"]:
                # It began with nothing and leaves nothing.
                shutil.rmtree(folder.path, ignore_errors=True)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _as_interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _start_sandbox(players: Troupe, folder: Folder, port: int) -> None:
    """None of our own when an outside one was named."""
    if not port:
        return
    arguments = ["--port", str(port), "--state", str(folder.sandbox), "--rate-limit-scale", RATE_LIMIT_SCALE]
    players.start("sandbox", MANAGE, "iterable_sandbox", *arguments)
    wait_until_answers(f"http://127.0.0.1:{port}/", players, "sandbox")


def _watch(players: Troupe, say: Any) -> None:
    """Until Ctrl-C: a process that falls is started again, as a supervisor would."""
    while True:
        time.sleep(1)
        for name in players.fallen():
            say(f"{name} ended; starting it again (see {players.logs / (name + '.log')}).")
            players.restart(name)
