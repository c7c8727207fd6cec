"""A real HTTP server on loopback that answers what it was told to and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from iterable_admin.iterable.client import IterableClient

KEY = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    """As sent: still percent-encoded."""
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Canned:
    """Give answers first; the last one repeats."""

    url: str = ""
    answers: list[tuple[int, bytes, dict[str, str]]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    hang_up: bool = False
    silence: threading.Event | None = None

    def answer(self, status: int, body: object, **headers: str) -> None:
        encoded = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, encoded, named))

    def next_answer(self) -> tuple[int, bytes, dict[str, str]]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def handler_for(canned: Canned) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body leave in two writes, between which a kept connection would wait 40 ms.
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            canned.asked.append(Asked(self.command, parts.path, parse_qs(parts.query), dict(self.headers), body))
            if canned.silence is not None:
                canned.silence.wait(10)
            if canned.hang_up or canned.silence is not None:
                self.close_connection = True
                return
            self.reply(*canned.next_answer())

        def reply(self, status: int, encoded: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(encoded))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(encoded)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Keep the test output quiet."""

    return Handler


@pytest.fixture
def canned() -> Iterator[Canned]:
    told = Canned()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(told))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def client(canned: Canned) -> IterableClient:
    return IterableClient(KEY, canned.url, timeout=(2, 2))
