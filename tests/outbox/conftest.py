from __future__ import annotations

from datetime import timedelta

import pytest

from iterable_admin.outbox.draining import drain
from iterable_admin.outbox.enqueueing import Cause


@pytest.fixture
def cause() -> Cause:
    return Cause("event", "4dc7a9d6-3a4d-4a64-9f0e-6d0d9f0a1c11")


def drain_once() -> int:
    """Sends what is due now, without lingering for what is due soon."""
    return drain(10, linger=timedelta(0))
