"""HTTP/1.1 on loopback: keep-alive, one thread a connection, no Nagle."""

from __future__ import annotations

import socket
import socketserver
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from iterable_admin.sandbox.answers import Answer, Request, envelope
from iterable_admin.sandbox.bodies import Unreadable, read_body
from iterable_admin.sandbox.dispatch import answer_call
from iterable_admin.sandbox.options import Options
from iterable_admin.sandbox.routes import WRITES
from iterable_admin.sandbox.state import State

NO_LINGER = struct.pack("ii", 1, 0)
"""With it, close() sends a reset instead of a polite end."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: SandboxServer

    def _serve(self) -> None:
        self._began = time.perf_counter()
        try:
            raw = read_body(self.headers, self.rfile)
        except Unreadable as problem:
            self.close_connection = True
            self._send(envelope(str(problem), "BadParams", status=400), "")
            return
        url = urlsplit(self.path)
        every = parse_qs(url.query, keep_blank_values=True)
        query = {name: values[-1] for name, values in every.items()}
        state = self.server.state
        # HEAD is a GET whose body stays here: tools that wait for a server to start ask that way.
        method = "GET" if self.command == "HEAD" else self.command
        request = Request(method, url.path, query, raw, every=every, headers=self.headers, id=state.ids.new())
        answer = answer_call(state, request, self._key(query))
        if answer is None:
            self.server.reset(self.connection)
            self.close_connection = True
        else:
            self._send(answer, request.id)

    def _key(self, query: dict[str, str]) -> str | None:
        """The header in both spellings, or as old clients send it, in the query."""
        return self.headers.get("Api-Key") or self.headers.get("Api_Key") or query.pop("api_key", None)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = _serve

    def _send(self, answer: Answer, request_id: str) -> None:
        body = answer.body()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Request-Time", str(int((time.perf_counter() - self._began) * 1000)))
        self.send_header("Iterable-Request-Id", request_id)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        return "iterable-ingress sandbox"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """The call log keeps what matters."""


class SandboxServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, options: Options) -> None:
        self._open: set[socket.socket] = set()
        self._to_reset: set[socket.socket] = set()
        super().__init__((options.host, options.port), Handler)
        try:
            self.state = State(options, WRITES)
        except (OSError, ValueError):
            self.server_close()
            raise

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def server_bind(self) -> None:
        # The base class would look the host's name up, which can take seconds.
        socketserver.TCPServer.server_bind(self)

    def reset(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self._to_reset.add(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        if request in self._to_reset:
            self._to_reset.discard(request)
            request.close()
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is no news; anything else is our bug and shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """Take no more calls, end kept connections, close the journal. The thread that serves must be another one."""
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        with self.state.lock:
            self.state.close()


class RunningSandbox:
    """A sandbox that answers; `state` may be looked into with `state.lock` held."""

    def __init__(self, server: SandboxServer) -> None:
        self.url = server.url
        self.state = server.state


@contextmanager
def running_sandbox(**options: Any) -> Iterator[RunningSandbox]:
    """Serve on a free port in a thread. Options as in options.Options; rate limits are off unless asked for."""
    server = SandboxServer(Options(**options))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="sandbox", daemon=True)
    thread.start()
    try:
        yield RunningSandbox(server)
    finally:
        server.stop()
        thread.join()
