"""A real browser in front of a live server. Run by `make test-browser`, apart from the rest of the suite."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import NoBrowser, chromium
from tests.browser.visitor import DESK, PASSWORD, Visitor
from tests.conftest import People
from tests.sync.conftest import fill  # noqa: F401 - a fixture

# Playwright's calls run on an event loop of this thread, next to which Django refuses its ORM unless it is told that it is fine.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as started:
            yield started
    except NoBrowser as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture
def visitor(browser: Browser, live_server: Any, people: People) -> Iterator[Visitor]:
    """Not logged in yet; every one of the people has the password."""
    for account in vars(people).values():
        account.set_password(PASSWORD)
        account.save()
    context = browser.new_context(viewport=DESK)  # type: ignore[arg-type] # a TypedDict of the library's own
    yield Visitor(context.new_page(), live_server.url)
    context.close()
