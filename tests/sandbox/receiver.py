"""A receiver of webhooks on loopback: it keeps what is posted, and refuses as often as it is told to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DEADLINE = 10.0


class Receiver:
    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.refusals = 0
        """Answered with 500 before the first 200."""
        self.arrived = threading.Condition()
        self.url = ""

    def take(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> int:
        with self.arrived:
            if self.refusals > 0:
                self.refusals -= 1
                return 500
            self.bodies.append(body)
            self.headers.append(headers)
            self.paths.append(path)
            self.arrived.notify_all()
            return 200

    def wait(self, count: int) -> list[dict[str, Any]]:
        """The bodies in order of arrival, once there are this many; fewer if the deadline passes."""
        with self.arrived:
            self.arrived.wait_for(lambda: len(self.bodies) >= count, DEADLINE)
            return list(self.bodies)


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(receiver.take(self.path, dict(self.headers.items()), body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook?secret=1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def poll(reached: Any) -> None:
    """Until this returns something true, or the deadline has passed."""
    deadline = time.monotonic() + DEADLINE
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.01)
