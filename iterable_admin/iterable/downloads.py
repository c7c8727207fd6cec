"""An export's file: on another host, by a signed link, and therefore without our key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import requests

from iterable_admin.iterable import errors
from iterable_admin.iterable.calls import Call, Clock
from iterable_admin.iterable.failures import failure_of
from iterable_admin.iterable.reading import lines_of
from iterable_admin.iterable.transport import USER_AGENT

# The link itself is a secret: it stands in no error and no Call.
ENDPOINT = "the export's file"


def download(url: str, timeout: tuple[float, float]) -> Iterator[str]:
    """Lines with their ends, as they come in."""
    session = requests.Session()
    # Without an auth of its own, requests takes a password for the host from a .netrc file.
    session.auth = lambda request: request
    with session:
        response, clock = _open(session, url, timeout)
        with closing(response):
            if response.status_code != 200:
                raise _error_of(response.status_code, clock.stop(response.status_code))
            yield from lines_of(response, clock)


def _open(session: requests.Session, url: str, timeout: tuple[float, float]) -> tuple[requests.Response, Clock]:
    clock = Clock("GET", ENDPOINT)
    try:
        response = session.get(url, headers={"User-Agent": f"{USER_AGENT} (files)"}, timeout=timeout, stream=True)
        failure = None
    except requests.RequestException as error:
        failure = failure_of(error, clock.stop())
    if failure is not None:
        raise failure
    return response, clock


def _error_of(status: int, call: Call) -> errors.IterableError:
    """A 403 is no matter of our key here, and must not stop the sending."""
    if status in (408, 429) or status >= 500:
        return errors.ServiceBusy(f"{status} for {ENDPOINT}", call)
    return errors.NotThere(f"{status} for {ENDPOINT}: its link works for 30 minutes, ask for the job's files again", call)
