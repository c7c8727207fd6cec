"""Run the stand-in for Iterable until it is told to stop."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from iterable_admin.sandbox import Options, SandboxServer


class Command(BaseCommand):
    help = "Serve an Iterable stand-in on loopback."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8090, help="0 takes a free one")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--state", metavar="FILE", help="keep accepted writes here over restarts")
        parser.add_argument("--api-key", help="refuse any other key")
        parser.add_argument("--project-type", choices=["email", "userid", "hybrid"], default="email")
        parser.add_argument("--delay", type=float, default=0.0, help="seconds between accepted and visible")
        parser.add_argument("--fail-rate", type=float, default=0.0, help="share of calls that fail, 0 to 1")
        parser.add_argument("--latency", type=float, default=0.0, help="seconds added to each call")
        parser.add_argument("--rate-limit-scale", type=float, default=1.0, help="times the real limits; 0 is none")
        parser.add_argument("--clock", choices=["running", "frozen"], default="running", help="frozen moves by steps alone")
        parser.add_argument("--seed", type=int, help="of failures by chance and of ids made up: the same in every run")
        parser.add_argument(
            "--no-subscriptions-family", action="store_false", dest="subscriptions_family", help="/api/subscriptions answers 404"
        )
        parser.add_argument(
            "--no-new-fields", action="store_false", dest="new_fields", help="drop them, unless a call says createNewFields"
        )
        parser.add_argument("--export-states", choices=["lower", "described"], default="lower", help="spelling of job states")
        parser.add_argument("--export-seconds", type=float, default=0.0, help="how long an export job runs")
        parser.add_argument("--export-file-bytes", type=int, default=10_000_000, help="most bytes in a file of an export")
        parser.add_argument("--export-bytes", type=int, default=100_000_000_000, help="an export is truncated here")
        parser.add_argument("--webhook-url", help="post system webhooks here: https, or http to loopback")
        parser.add_argument("--webhook-token", help="sent bare as the Authorization header of webhooks")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = Options(**{name: options[name] for name in Options.__dataclass_fields__})
        try:
            server = SandboxServer(wanted)
        except (OSError, ValueError) as error:
            raise CommandError(f"cannot listen on {wanted.host}:{wanted.port} or read the state: {error}") from error
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        print(f"sandbox ready at {server.url}", flush=True)
        stopped.wait()
        server.stop()
        thread.join()
