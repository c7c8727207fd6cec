"""One HTTP call to Iterable: sent once, timed, redacted, and turned into an answer or an error."""

from __future__ import annotations

import json
import logging
import os
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError

from iterable_admin.errors import Misconfigured
from iterable_admin.iterable import errors
from iterable_admin.iterable.answers import Answer, at, error_of
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.envelope import is_html
from iterable_admin.iterable.limits import LARGEST_BODY, Limiter
from iterable_admin.iterable.redaction import excerpt, redact, without

USER_AGENT = "iterable-admin/0.1"
LONGEST_REQUEST_ID = 200
CHUNK = 65_536
# Sizes and members of lists come as text, exports as a stream.
ACCEPTED = "application/json, text/plain;q=0.9, */*;q=0.5"

# A list is sent as a repeated parameter.
Query = Mapping[str, str | int | Sequence[str | int]]

log = logging.getLogger(__name__)


def encode(body: Mapping[str, Any]) -> bytes:
    """The bytes that go over the wire; their number is what Iterable's limit counts.

    The standard library's encoder, because a faster one writes NaN as null, and null deletes the field.
    """
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def check_key(api_key: str) -> str:
    key = api_key.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise Misconfigured("The Iterable API key is empty or holds characters that no key has: set a server-side key.")
    return key


class Transport:
    def __init__(self, api_key: str, base_url: str, timeout: tuple[float, float], limiter: Limiter | None) -> None:
        self._key = check_key(api_key)
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
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
        response, clock = self._ask(method, endpoint, path, query, data)
        return self._judged(response, response.content.decode("utf-8", "replace"), clock, secrets)

    def stream(self, endpoint: str, *, path: str | None = None, query: Query | None = None) -> Iterator[str]:
        """The lines of an answer as they come in, without their ends and without empty ones.

        The call is made when the first is asked for; an answer that breaks off is Ambiguous, after the lines before it.
        """
        response, clock = self._ask("GET", endpoint, path, query, stream=True)
        with closing(response):
            found = lines_of(response, clock)
            if not 200 <= response.status_code < 300:
                self._judged(response, "".join(found), clock)
            for number, line in enumerate(line.strip() for line in found if line.strip()):
                if number == 0 and is_html(line):
                    self._judged(response, line, clock)
                yield line

    def _ask(
        self,
        method: str,
        endpoint: str,
        path: str | None,
        query: Query | None,
        data: bytes | None = None,
        *,
        stream: bool = False,
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
                timeout=self._timeout,
                allow_redirects=False,
                stream=stream,
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
        except (TypeError, ValueError, RecursionError) as error:
            data, kind = b"", type(error).__name__
        call = Clock(method, endpoint).stop()
        if kind:
            raise errors.Unsendable(f"a value has no JSON form, {kind} ({at(call)})", call)
        if len(data) > LARGEST_BODY:
            size = f"{len(data):,} bytes, and Iterable takes {LARGEST_BODY:,}"
            raise errors.TooLarge(f"the body has {size}: split it. Nothing was sent ({at(call)})", call)
        return data

    def _judged(self, response: requests.Response, text: str, clock: Clock, secrets: Sequence[str] = ()) -> Answer:
        text = without(text, secrets)
        request_id = redact(response.headers.get("Iterable-Request-Id", ""), self._key)[:LONGEST_REQUEST_ID]
        call = clock.stop(response.status_code, request_id, excerpt(text, self._key))
        log.debug("%s %s: %s in %.3f s, request %s", call.method, call.endpoint, call.status, call.duration, request_id)
        answer = Answer(call, response.status_code, text, response.headers.get("Retry-After"))
        error = error_of(answer, self._key)
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


class Clock:
    """Starts when made; each `stop` gives the Call as it stands then."""

    def __init__(self, method: str, endpoint: str) -> None:
        self._method, self._endpoint = method, endpoint
        self._started_at, self._started = datetime.now(UTC), time.monotonic()

    def stop(self, status: int | None = None, request_id: str = "", text: str = "") -> Call:
        return Call(
            method=self._method,
            endpoint=self._endpoint,
            status=status,
            request_id=request_id,
            duration=time.monotonic() - self._started,
            excerpt=text,
            started_at=self._started_at,
        )


def lines_of(response: requests.Response, clock: Clock) -> Iterator[str]:
    """With their ends, of which text in a CSV file may be made; never the whole answer in memory."""
    waiting = b""
    try:
        for chunk in response.iter_content(CHUNK):
            *whole, waiting = (waiting + chunk).split(b"\n")
            yield from (line.decode("utf-8", "replace") + "\n" for line in whole)
        failure = None
    except requests.RequestException as error:
        failure = failure_of(error, clock.stop(response.status_code))
    if failure is not None:
        raise failure
    if waiting:
        yield waiting.decode("utf-8", "replace")


def failure_of(error: requests.RequestException, call: Call) -> errors.IterableError:
    kind = type(error).__name__
    if isinstance(error, ValueError):
        return errors.Misdirected(f"{kind}: ITERABLE_BASE_URL is not a usable address ({at(call)})", call)
    if _surely_not_received(error):
        return errors.Unreachable(f"no connection to Iterable, {kind} ({at(call)})", call)
    return errors.Ambiguous(f"sent, but no whole answer came, {kind} ({at(call)})", call)


def _surely_not_received(error: requests.RequestException) -> bool:
    # urllib3 speaks of the proxy only while it has no connection through it.
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    return any(isinstance(cause, NewConnectionError | ssl.SSLCertVerificationError) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what is packed inside it: requests and urllib3 wrap by argument."""
    yield error
    inner = error.reason if isinstance(error, MaxRetryError) else next(iter(error.args), None)
    if isinstance(inner, BaseException):
        yield from _causes(inner)
