"""What Django-Q calls. A task carries no data: it says that there is work, and the work is rows."""

from __future__ import annotations

from iterable_admin.outbox.draining import drain
from iterable_admin.outbox.enqueueing import TASK
from iterable_admin.waking.waking import begin, finish, wake

# Django-Q ends a task after 55 s, and one call may take 30 of them.
SECONDS = 20


def drain_outbox() -> None:
    begin("outbox")
    taken = drain(SECONDS)
    finish("outbox")
    if taken:
        wake("outbox", TASK)
