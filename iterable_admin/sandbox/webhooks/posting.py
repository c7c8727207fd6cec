"""Webhooks on their way: one thread posts them in order, tries each a few times, and keeps a log. Nobody waits for it."""

from __future__ import annotations

import http.client
import queue
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import orjson

from iterable_admin.sandbox.dates import iso
from iterable_admin.sandbox.webhooks.hooks import Hook

MOST_WAITING = 10_000
"""More are dropped, and the log says so: delivery is not guaranteed by the real one either."""
MOST_LOGGED = 1000
WAITS = (0.2, 0.5, 1.0, 2.0)
"""Seconds before each further try."""
TIMEOUT = 5.0
TICK = 0.05
"""Seconds between looks at the clock, so that what becomes visible by time alone is posted too."""


@dataclass(slots=True)
class Posting:
    at: float
    url: str
    headers: dict[str, str]
    body: dict[str, Any]
    outcome: str = "waiting"
    tries: int = 0
    status: int | None = None
    problem: str | None = None

    def describe(self) -> dict[str, Any]:
        return {
            "at": self.at,
            "time": iso(self.at),
            "url": self.url,
            "body": self.body,
            "outcome": self.outcome,
            "tries": self.tries,
            "status": self.status,
            "problem": self.problem,
        }


class Poster:
    """`post` may be called with any lock held; the thread holds none while it talks."""

    def __init__(self, tick: Callable[[], None], waits: tuple[float, ...] = WAITS) -> None:
        self._tick = tick
        self._waits = waits
        self._queue: queue.Queue[Posting] = queue.Queue(MOST_WAITING)
        self._log: deque[Posting] = deque(maxlen=MOST_LOGGED)
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
            self._thread.start()

    def post(self, hook: Hook, body: dict[str, Any], at: float) -> None:
        self.start()
        posting = Posting(at, hook.endpoint, hook.request_headers(), body)
        with self._lock:
            self._log.append(posting)
        try:
            self._queue.put_nowait(posting)
        except queue.Full:
            self._end(posting, "dropped")

    def stop(self) -> None:
        """What still waits is lost."""
        self._stopped.set()

    def clear(self) -> None:
        while not self._queue.empty():
            try:
                self._queue.get_nowait()
            except queue.Empty:
                break
        with self._lock:
            self._log.clear()
            self._counts.clear()

    def describe(self, limit: int) -> dict[str, Any]:
        """Newest first, and the counts of all ends since the start."""
        with self._lock:
            latest = [posting.describe() for posting in islice(reversed(self._log), limit)]
            return {"postings": latest, "counts": dict(self._counts), "waiting": self._queue.qsize()}

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                posting = self._queue.get(timeout=TICK)
            except queue.Empty:
                self._tick()
            else:
                self._deliver(posting)

    def _deliver(self, posting: Posting) -> None:
        for wait in (0.0, *self._waits):
            if self._stopped.wait(wait):
                return
            posting.tries += 1
            try:
                posting.status = send(posting)
                posting.problem = None
            except (OSError, http.client.HTTPException, ValueError) as error:
                posting.status, posting.problem = None, str(error) or type(error).__name__
            if posting.status is not None and 200 <= posting.status < 300:
                self._end(posting, "delivered")
                return
        self._end(posting, "gave up")

    def _end(self, posting: Posting, outcome: str) -> None:
        with self._lock:
            posting.outcome = outcome
            self._counts[outcome] += 1


def send(posting: Posting) -> int:
    """The status; redirects are not followed."""
    url = urlsplit(posting.url)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=TIMEOUT)
    try:
        connection.request(
            "POST", (url.path or "/") + (f"?{url.query}" if url.query else ""), orjson.dumps(posting.body), posting.headers
        )
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()
