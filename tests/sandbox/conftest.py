from __future__ import annotations

from collections.abc import Iterator

import pytest

from iterable_admin.sandbox import running_sandbox
from tests.sandbox.caller import Caller


@pytest.fixture
def sandbox() -> Iterator[Caller]:
    with running_sandbox() as running, Caller(running.url) as caller:
        yield caller
