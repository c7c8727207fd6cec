"""A fault drill: Iterable fails in a chosen way, on this machine alone, and the verdict says what became of the events."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from iterable_admin.demo.environment import Folder
from iterable_admin.demo.processes import MANAGE, free_port, troupe
from iterable_admin.errors import Problem

WEB_PORT = 8200
SANDBOX_PORT = 8290
# Told from the process that chose the settings to the one that runs with them.
FOLDER, PORT = "DRILL_FOLDER", "DRILL_SANDBOX_PORT"


class Command(BaseCommand):
    help = "Let Iterable fail on this machine, send events meanwhile, and say whether everything arrived, once."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="of a drill; --list names them")
        parser.add_argument("--all", action="store_true", help="one after the other")
        parser.add_argument("--list", action="store_true", help="the names, and what each is about")
        parser.add_argument("--json", metavar="FILE", help="write the verdicts here too")
        parser.add_argument("--database", default="", metavar="URL", help="an empty one, instead of an SQLite file of its own")
        parser.add_argument("--port", type=int, default=WEB_PORT, help=f"of the web server ({WEB_PORT})")
        parser.add_argument("--sandbox-port", type=int, default=SANDBOX_PORT, help=f"of the sandbox ({SANDBOX_PORT})")

    def handle(self, *args: Any, **options: Any) -> None:
        self.began = time.monotonic()
        try:
            if options["list"]:
                self._list()
            elif FOLDER in os.environ:
                self._perform(options)
            else:
                self._enter(options)
        except Problem as problem:
            raise CommandError(str(problem)) from None
        except KeyboardInterrupt:
            self.stdout.write("\nEnded.")
            sys.exit(130)

    def _list(self) -> None:
        from iterable_admin.demo.drills.programme import DRILLS

        for name, drill in DRILLS.items():
            self.stdout.write(f"{name:<22}{(sys.modules[drill.__module__].__doc__ or '').strip()}")

    def _enter(self, options: dict[str, Any]) -> None:
        """Begin again with the drill's own settings, which are read once, when a process starts: never the configured ones."""
        names = _wanted(options)
        path = Path(tempfile.mkdtemp(prefix="iterable-admin-drill-")).resolve()
        # Imported late: it needs the models, which a settings-less start has no use for.
        from iterable_admin.demo.drills.stage import drill_environment

        port = free_port(options["sandbox_port"], self._say)
        environment = drill_environment(Folder(path), f"http://127.0.0.1:{port}", options["database"])
        told = [f"--port={options['port']}", *([f"--json={Path(options['json']).resolve()}"] if options["json"] else [])]
        command = [sys.executable, MANAGE, "drill", *names, *told]
        # The same process, so that Ctrl-C and a kill reach the one that holds the leashes.
        os.execve(command[0], command, environment | {FOLDER: str(path), PORT: str(port)})  # noqa: S606 - this very command

    def _perform(self, options: dict[str, Any]) -> None:
        from iterable_admin.demo.drills.stage import refuse_other_than_own

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _as_interrupt)
        refuse_other_than_own()
        folder = Folder(Path(os.environ[FOLDER]))
        try:
            with troupe(os.environ, folder.logs) as players:
                verdicts = self._run(folder, players, options)
        except KeyboardInterrupt:
            shutil.rmtree(folder.path, ignore_errors=True)
            raise
        except Problem as problem:
            raise CommandError(f"{problem} The logs of all processes are in {folder.logs}/") from None
        if options["json"]:
            Path(options["json"]).write_text(json.dumps([verdict.describe() for verdict in verdicts]))
        failed = [verdict.drill for verdict in verdicts if not verdict.passed]
        self._say(f"{len(verdicts) - len(failed)} of {len(verdicts)} drills passed.")
        if failed:
            raise CommandError(f"Failed: {', '.join(failed)}. The logs of all processes are in {folder.logs}/")
        shutil.rmtree(folder.path, ignore_errors=True)

    def _run(self, folder: Folder, players: Any, options: dict[str, Any]) -> list[Any]:
        from iterable_admin.demo.drills.programme import DRILLS
        from iterable_admin.demo.drills.stage import set_stage

        web_port = free_port(options["port"], self._say)
        ground = set_stage(folder, players, int(os.environ[PORT]), web_port, self._say)
        verdicts = []
        for name in _wanted(options):
            self._say(f"Drill {name} …")
            verdicts.append(DRILLS[name](ground))
            ground.faults.all_off()
            self.stdout.write(f"\n{verdicts[-1].in_words()}\n")
        return verdicts

    def _say(self, text: str) -> None:
        self.stdout.write(f"{time.monotonic() - self.began:4.0f} s  {text}")
        self.stdout.flush()


def _wanted(options: dict[str, Any]) -> list[str]:
    from iterable_admin.demo.drills.programme import DRILLS

    names = list(DRILLS) if options["all"] else options["names"]
    unknown = [name for name in names if name not in DRILLS]
    if unknown or not names:
        said = f"There is no drill {', '.join(unknown)}. " if unknown else ""
        raise CommandError(f"{said}Name one or more of {', '.join(DRILLS)}, or give --all.")
    return list(names)


def _as_interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
