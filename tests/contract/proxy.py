"""A proxy before the sandbox that keeps what passes, so that the requests of real processes can be validated.

A broken call is passed on as one. What it cannot pass on is a refused connection: it is there when the sandbox is not.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3

from tests.contract.description import Description
from tests.contract.validation import Received, Sent, faults_of_answer, faults_of_request

FOR_ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


@dataclass(frozen=True)
class Exchange:
    sent: Sent
    received: Received | None
    """None if the sandbox broke the call off."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Proxy

    def setup(self) -> None:
        super().setup()
        # One connection for one connection, so that neither side sees more of them than without a proxy.
        self.upstream = urllib3.connection_from_url(self.server.upstream, maxsize=1, retries=False, timeout=None)

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        sent = Sent(self.command, self.path, dict(self.headers), body)
        try:
            response = self.upstream.urlopen(self.command, self.path, body=body or None, headers=sent.headers, redirect=False)
        except urllib3.exceptions.HTTPError:
            self.server.keep(Exchange(sent, None))
            self.close_connection = True
        else:
            received = Received(response.status, dict(response.headers), response.data)
            self.server.keep(Exchange(sent, received))
            self.hand_back(received)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = pass_on

    def hand_back(self, received: Received) -> None:
        self.send_response_only(received.status)
        for name, value in received.headers.items():
            if name.lower() not in FOR_ONE_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(received.body)))
        self.end_headers()
        self.wfile.write(received.body)

    def finish(self) -> None:
        self.upstream.close()
        super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """What passes is kept."""


class Proxy(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, upstream: str, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.upstream = upstream
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []

    def keep(self, exchange: Exchange) -> None:
        with self._lock:
            self._exchanges.append(exchange)

    def exchanges(self) -> list[Exchange]:
        """Of the API alone: the sandbox's pages are its own."""
        with self._lock:
            return [exchange for exchange in self._exchanges if exchange.sent.path.startswith("/api/")]

    def faults(self, description: Description) -> list[str]:
        """Of requests, each once; validated only now, so that nothing waited for it."""
        return _once(fault for exchange in self.exchanges() for fault in faults_of_request(description, exchange.sent))

    def faults_of_answers(self, description: Description) -> list[str]:
        return _once(
            fault
            for exchange in self.exchanges()
            if exchange.received is not None
            for fault in faults_of_answer(description, exchange.sent, exchange.received)
        )

    def counts(self, description: Description) -> Counter[str]:
        """Requests by method and path of the description; whatever it does not have is left out."""
        found = (description.operation(exchange.sent.method, exchange.sent.path) for exchange in self.exchanges())
        return Counter(f"{operation.method} {operation.path}" for operation in found if operation)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A process that was killed in the middle of a call is no news."""


@contextmanager
def proxy_before(upstream: str, port: int = 0) -> Iterator[Proxy]:
    with Proxy(upstream, port) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield proxy
        proxy.shutdown()
        thread.join()


def _once(faults: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(faults))
