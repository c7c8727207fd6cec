"""The body of an answer: whole but never endless, or line by line."""

from __future__ import annotations

from collections.abc import Iterator

import requests

from iterable_admin.iterable import errors
from iterable_admin.iterable.answers import at
from iterable_admin.iterable.calls import Clock
from iterable_admin.iterable.failures import failure_of

CHUNK = 65_536
LARGEST_ANSWER = 64_000_000
"""Bytes, unpacked. The largest that is read whole is a page of a thousand campaigns; long texts and exports are streamed."""
LARGEST_ERROR = 1_000_000
"""Bytes. What explains an error stands at its beginning."""


def text_of(response: requests.Response, clock: Clock) -> str:
    """Bytes that are no UTF-8 come out as U+FFFD. An answer that is too large or breaks off is Ambiguous."""
    most = LARGEST_ANSWER if response.ok else LARGEST_ERROR
    body = bytearray()
    failure: errors.IterableError | None = None
    try:
        for chunk in response.iter_content(CHUNK):
            body += chunk
            if len(body) > most:
                break
    except requests.RequestException as error:
        # A status that refuses counts, even if the explanation broke off.
        failure = failure_of(error, clock.stop(response.status_code)) if response.ok else None
    finally:
        response.close()
    if failure is None and response.ok and len(body) > most:
        call = clock.stop(response.status_code)
        failure = errors.Ambiguous(f"an answer of more than {most:,} bytes was not read ({at(call)})", call)
    if failure is not None:
        raise failure
    return body[:most].decode("utf-8", "replace")


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
