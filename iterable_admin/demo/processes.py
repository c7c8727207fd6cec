"""The processes of the demo: started on a leash, watched, and ended together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

from iterable_admin.errors import Problem

MANAGE = str(Path(__file__).resolve().parent.parent.parent / "manage.py")
PORTS_TRIED = 50
STOP_SECONDS = 12.0


def free_port(wanted: int, say: Callable[[str], None], host: str = "127.0.0.1") -> int:
    """`wanted`, or the next one that is free; says so if it is another."""
    for port in range(wanted, wanted + PORTS_TRIED):
        if _is_free(host, port):
            if port != wanted:
                say(f"Port {wanted} is in use: taking {port}.")
            return port
    raise Problem(f"No port between {wanted} and {wanted + PORTS_TRIED} is free.")


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Role:
    arguments: list[str]
    environment: dict[str, str]


@dataclass
class Troupe:
    """Processes by name. Losing the object's pipes ends them: see leash."""

    environment: Mapping[str, str]
    logs: Path
    lock: int | None = None
    """A descriptor that each leash keeps open, so that the folder stays occupied until the last of them has ended."""
    roles: dict[str, Role] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self.roles[name] = Role(list(arguments), {**self.environment, **(environment or {})})
        self.restart(name)

    def restart(self, name: str) -> None:
        role = self.roles[name]
        self._let_go(name)
        self._end_orphans(name)
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(  # noqa: S603 - our own commands
                [sys.executable, "-m", "iterable_admin.demo.leash", sys.executable, *role.arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=role.environment,
                pass_fds=() if self.lock is None else (self.lock,),
                cwd=Path(MANAGE).parent,
            )

    def kill(self, name: str) -> None:
        """kill -9 of the process and of all that it started: no time to say anything."""
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait()

    def fallen(self) -> list[str]:
        return [name for name, process in self.running.items() if process.poll() is not None]

    def _let_go(self, name: str) -> None:
        process = self.running.get(name)
        if process and process.stdin:
            process.stdin.close()

    def _end_orphans(self, name: str) -> None:
        """A leash that was killed itself leaves its command behind, in the group that has the leash's number."""
        process = self.running.get(name)
        if process and process.poll() is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def stop(self) -> None:
        for name in self.running:
            self._let_go(name)
        end = time.monotonic() + STOP_SECONDS
        for name, process in self.running.items():
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self._end_orphans(name)


@contextmanager
def troupe(environment: Mapping[str, str], logs: Path, lock: int | None = None) -> Iterator[Troupe]:
    players = Troupe(environment, logs, lock)
    try:
        yield players
    finally:
        # One Ctrl-C is enough: a second may not interrupt the ending of the processes.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        players.stop()


def wait_until_answers(url: str, players: Troupe, name: str, seconds: float = 30) -> None:
    """Problem with the end of the log if the process falls or says nothing in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if name in players.fallen():
            break
        try:
            if requests.get(url, timeout=2).status_code < 500:
                return
        except requests.RequestException:
            time.sleep(0.1)
    log = players.logs / f"{name}.log"
    raise Problem(f"{name} does not answer at {url}. The end of {log}:\n{log.read_text(errors='replace')[-2_000:]}")
