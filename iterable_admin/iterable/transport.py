"""One HTTP call to Iterable: sent once, timed, redacted, and turned into an answer or an error."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from iterable_admin.errors import Misconfigured
from iterable_admin.iterable import errors
from iterable_admin.iterable.answers import Answer, at, error_of
from iterable_admin.iterable.calls import Clock
from iterable_admin.iterable.envelope import is_html
from iterable_admin.iterable.failures import failure_of
from iterable_admin.iterable.limits import LARGEST_BODY, Limiter
from iterable_admin.iterable.reading import lines_of, text_of
from iterable_admin.iterable.redaction import Secret, excerpt, redact, without

USER_AGENT = "iterable-admin/0.1"
LONGEST_REQUEST_ID = 200
LONG_KEY = 16
LONG_SILENCE = 300.0
"""Seconds that a streamed answer may take to begin: Iterable goes through the whole list first."""
# Sizes and members of lists come as text, exports as a stream.
ACCEPTED = "application/json, text/plain;q=0.9, */*;q=0.5"

# A list is sent as a repeated parameter.
Query = Mapping[str, str | int | Sequence[str | int]]

# NaN, bytes, a lone surrogate; a structure too deep.
UNENCODABLE = (TypeError, ValueError, RecursionError)

log = logging.getLogger(__name__)


def encode(body: Mapping[str, Any]) -> bytes:
    """The bytes that go over the wire; their number is what Iterable's limit counts.

    The standard library's encoder, because a faster one writes NaN as null, and null deletes the field.
    """
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def check_key(api_key: str) -> Secret:
    key = Secret(api_key.strip())
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise Misconfigured("The Iterable API key is empty or holds characters that no key has: set a server-side key.")
    return key


class Transport:
    def __init__(self, api_key: str, base_url: str, timeout: tuple[float, float], limiter: Limiter | None) -> None:
        self._key = check_key(api_key)
        self._base_url = base_url.rstrip("/")
        self.timeout = timeout
        self._limiter = limiter
        self._local = threading.local()

    def send(
        self,
        method: str,
        endpoint: str,
        *,
        path: str | None = None,
        query: Query | None = None,
        body: Mapping[str, Any] | None = None,
        secrets: Sequence[str] = (),
    ) -> Answer:
        """`endpoint` is the template, `path` the same with identities filled in and quoted.

        `secrets`: what the body holds that nothing may repeat, not even an answer that echoes it.
        """
        data = None if body is None else self._encoded(method, endpoint, body)
        with self._heeded(endpoint):
            response, clock = self._ask(method, endpoint, path, query, data)
            return self._judged(response, text_of(response, clock), clock, secrets)

    def stream(self, endpoint: str, *, path: str | None = None, query: Query | None = None) -> Iterator[str]:
        """The lines of an answer as they come in, without their ends and without empty ones.

        The call is made when the first is asked for; an answer that breaks off is Ambiguous, after the lines before it.
        """
        with self._heeded(endpoint):
            response, clock = self._ask("GET", endpoint, path, query, silence=LONG_SILENCE)
            if not 200 <= response.status_code < 300:
                self._judged(response, text_of(response, clock), clock)
        with closing(response):
            found = lines_of(response, clock)
            for number, line in enumerate(line.strip() for line in found if line.strip()):
                if number == 0 and is_html(line):
                    self._judged(response, line, clock)
                yield line

    @contextmanager
    def _heeded(self, endpoint: str) -> Iterator[None]:
        """Tells the limiter what came of the call; nothing of one that itself did not let go."""
        limiter = self._limiter
        try:
            yield
        except errors.IterableError as error:
            if limiter is not None:
                limiter.heed(endpoint, error)
            raise
        if limiter is not None:
            limiter.heed(endpoint, None)

    def _ask(
        self,
        method: str,
        endpoint: str,
        path: str | None,
        query: Query | None,
        data: bytes | None = None,
        *,
        silence: float = 0.0,
    ) -> tuple[requests.Response, Clock]:
        if self._limiter is not None:
            self._limiter.wait_for(endpoint)
        clock = Clock(method, endpoint)
        try:
            response = self._session().request(
                method,
                self._base_url + (path or endpoint),
                params=query,
                data=data,
                headers={"Content-Type": "application/json"} if data is not None else {},
                timeout=(self.timeout[0], max(self.timeout[1], silence)),
                allow_redirects=False,
                # Read afterwards, and no further than to a limit.
                stream=True,
            )
            failure = None
        except requests.RequestException as error:
            failure = failure_of(error, clock.stop())
        # Raised out here, so that the original, which quotes URLs with addresses and headers, is not chained to it.
        if failure is not None:
            raise failure
        return response, clock

    def _encoded(self, method: str, endpoint: str, body: Mapping[str, Any]) -> bytes:
        try:
            data, kind = encode(body), ""
        except UNENCODABLE as error:
            data, kind = b"", type(error).__name__
        call = Clock(method, endpoint).stop()
        if kind:
            raise errors.Unsendable(f"a value has no JSON form, {kind} ({at(call)})", call)
        if len(data) > LARGEST_BODY:
            size = f"{len(data):,} bytes, and Iterable takes {LARGEST_BODY:,}"
            raise errors.TooLarge(f"the body has {size}: split it. Nothing was sent ({at(call)})", call)
        return data

    def _judged(self, response: requests.Response, text: str, clock: Clock, secrets: Sequence[str] = ()) -> Answer:
        # What succeeded is read as it came: a short key or token would take letters out of somebody's data. A long key
        # stands in nobody's data, and what a success names is stored too.
        if len(self._key) >= LONG_KEY:
            text = without(text, (self._key,))
        shown = without(text, secrets)
        request_id = redact(response.headers.get("Iterable-Request-Id", ""), self._key)[:LONGEST_REQUEST_ID]
        call = clock.stop(response.status_code, request_id, excerpt(shown, self._key))
        log.debug("%s %s: %s in %.3f s, request %s", call.method, call.endpoint, call.status, call.duration, request_id)
        answer = Answer(call, response.status_code, text, response.headers.get("Retry-After"))
        error = error_of(replace(answer, text=shown), self._key)
        if error is not None:
            raise error
        return answer

    def _session(self) -> requests.Session:
        """One per thread, and per process: a connection inherited by a fork would be shared with the parent."""
        if getattr(self._local, "pid", None) != os.getpid():
            self._local.session = _new_session(self._key)
            self._local.pid = os.getpid()
        session: requests.Session = self._local.session
        return session


def _new_session(api_key: str) -> requests.Session:
    session = requests.Session()
    # Retries are rows of the outbox; an adapter that repeats by itself would hide attempts.
    adapter = HTTPAdapter(max_retries=0, pool_connections=1, pool_maxsize=1)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers.update({"Api-Key": api_key, "User-Agent": USER_AGENT, "Accept": ACCEPTED})
    # Without an auth of its own, requests takes a password for the host from a .netrc file.
    session.auth = lambda request: request
    return session
