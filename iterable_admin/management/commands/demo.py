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
from iterable_admin.demo.occupying import occupy
from iterable_admin.demo.processes import MANAGE, Troupe, free_port, troupe, wait_until_answers
from iterable_admin.errors import Problem
from iterable_admin.outbox.connection import is_loopback

WEB_PORT = 8000
SANDBOX_PORT = 8090
PEOPLE = 5_000
# Told from the process that chose the settings to the one that runs with them.
FOLDER, PORT, LOCK, BEGAN = "DEMO_FOLDER", "DEMO_SANDBOX_PORT", "DEMO_LOCK", "DEMO_BEGAN"


class Command(BaseCommand):
    help = "Start everything on this machine: sandbox, workers, web server; send events, run a sync, print URL and logins."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--smoke", action="store_true", help="Do the job once, compare, print the counts, and end.")
        parser.add_argument("--port", type=int, default=WEB_PORT, help=f"of the web server ({WEB_PORT})")
        parser.add_argument("--sandbox-port", type=int, default=SANDBOX_PORT, help=f"of the sandbox ({SANDBOX_PORT})")
        parser.add_argument("--people", type=int, default=PEOPLE, help=f"in the warehouse ({PEOPLE:,})")

    def handle(self, *args: Any, **options: Any) -> None:
        self.began = float(os.environ.get(BEGAN, time.time()))
        signal.signal(signal.SIGTERM, _as_interrupt)
        # A shell starts what goes to the background deaf to Ctrl-C.
        signal.signal(signal.SIGINT, _as_interrupt)
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
        lock = occupy(path, self._say)
        sandbox_port = 0 if outside else free_port(options["sandbox_port"], self._say)
        url = outside or f"http://127.0.0.1:{sandbox_port}"
        environment = demo_environment(Folder(path.resolve()), url, own_sandbox=not outside)
        environment |= {FOLDER: str(path.resolve()), PORT: str(sandbox_port), LOCK: str(lock), BEGAN: str(self.began)}
        told = [f"--{name}={options[name]}" for name in ("port", "people")]
        command = [sys.executable, MANAGE, "demo", *told, *(["--smoke"] if options["smoke"] else [])]
        # The same process, so that Ctrl-C and a kill reach the one that holds the leashes.
        os.execve(command[0], command, environment)  # noqa: S606 - this very command

    def _perform(self, options: dict[str, Any]) -> None:
        folder = Folder(Path(os.environ[FOLDER]))
        try:
            with troupe(os.environ, folder.logs, int(os.environ[LOCK])) as players:
                code = self._play(players, folder, options)
        except KeyboardInterrupt:
            self._tidy_up(folder, options)
            raise
        except BaseException:
            self._say(f"The logs of all processes are in {folder.logs}/")
            raise
        if code:
            self._say(f"The logs of all processes are in {folder.logs}/")
            sys.exit(code)
        self._tidy_up(folder, options)

    def _play(self, players: Troupe, folder: Folder, options: dict[str, Any]) -> int:
        # Imported late: it needs the models, which the first of the two processes has no use for.
        from iterable_admin.demo.performing import perform, perform_smoke

        self._start_sandbox(players, folder, int(os.environ[PORT]))
        port = free_port(options["port"], self._say)
        if options["smoke"]:
            return perform_smoke(folder, players, port, options["people"], self._say)
        perform(folder, players, port, options["people"], self._say)
        self._watch(players)
        return 0

    def _start_sandbox(self, players: Troupe, folder: Folder, port: int) -> None:
        """None of our own when an outside one was named."""
        if not port:
            return
        self._say("Starting the sandbox …")
        arguments = ["--port", str(port), "--state", str(folder.sandbox), "--rate-limit-scale", RATE_LIMIT_SCALE]
        players.start("sandbox", MANAGE, "iterable_sandbox", *arguments)
        wait_until_answers(f"http://127.0.0.1:{port}/", players, "sandbox")

    def _watch(self, players: Troupe) -> None:
        """Until Ctrl-C: a process that falls is started again, as a supervisor would."""
        # make hands nothing on when it is killed; without it nobody would be left to press Ctrl-C.
        make = os.getppid() if "MAKELEVEL" in os.environ else None
        while make in (None, os.getppid()):
            time.sleep(1)
            for name in players.fallen():
                self._say(f"{name} ended; starting it again (see {players.logs / (name + '.log')}).")
                players.restart(name)

    def _tidy_up(self, folder: Folder, options: dict[str, Any]) -> None:
        """A smoke began with nothing and leaves nothing, unless there is something to find out."""
        if options["smoke"]:
            shutil.rmtree(folder.path, ignore_errors=True)

    def _say(self, text: str) -> None:
        """With the seconds since the start, unless it stands apart."""
        self.stdout.write(text if text.startswith("\n") else f"{time.time() - self.began:4.0f} s  {text}")
        self.stdout.flush()


def _as_interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
