"""A pytest plugin: every request that a test makes the client send is held against Iterable's description.

A test that sent an invalid one fails, whatever became of the request; `@pytest.mark.unpublished(reason)` excuses a test.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from iterable_admin.iterable.transport import USER_AGENT
from tests.contract.description import Description, place_of_description, read_description
from tests.contract.validation import Sent, faults_of_request

NONE_THERE = "contract: no description of Iterable's API (ITERABLE_OPENAPI), requests are not validated"


class Watch:
    """Stands between the client's sessions and the wire. Other callers of the same library are let by."""

    def __init__(self, description: Description) -> None:
        self._description = description
        self._faults: list[str] = []
        self._send = HTTPAdapter.send

    def start(self) -> None:
        watch, original = self, self._send

        def send(adapter: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
            watch.look_at(request)
            return original(adapter, request, *args, **options)

        HTTPAdapter.send = send  # type: ignore[assignment, method-assign]

    def stop(self) -> None:
        HTTPAdapter.send = self._send  # type: ignore[method-assign]

    def look_at(self, request: requests.PreparedRequest) -> None:
        if request.headers.get("User-Agent") != USER_AGENT:
            return
        url = urlsplit(request.url or "")
        body = request.body.encode() if isinstance(request.body, str) else request.body
        sent = Sent(str(request.method), f"{url.path}?{url.query}", dict(request.headers), body or b"")
        self._faults += faults_of_request(self._description, sent)

    def take_faults(self) -> list[str]:
        found, self._faults = self._faults, []
        return found


WATCH = pytest.StashKey[Watch]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "unpublished(reason): sends on purpose what Iterable's description does not have")
    description = read_description()
    if description is not None:
        config.stash[WATCH] = Watch(description)
        config.stash[WATCH].start()


def pytest_unconfigure(config: pytest.Config) -> None:
    if WATCH in config.stash:
        config.stash[WATCH].stop()


def pytest_report_header() -> str:
    place = place_of_description()
    return f"contract: the client's requests are validated against {place}" if place else NONE_THERE


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """What fixtures sent before the test counts as the test's."""
    result = yield
    watch = item.config.stash.get(WATCH, None)
    faults = watch.take_faults() if watch else []
    if faults and item.get_closest_marker("unpublished") is None:
        pytest.fail("The client sent what Iterable does not publish:\n" + "\n".join(dict.fromkeys(faults)), pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """What a thread of an earlier test sent late is not this one's."""
    if WATCH in item.config.stash:
        item.config.stash[WATCH].take_faults()
    return (yield)
