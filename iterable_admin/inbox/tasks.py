"""What Django-Q calls. A task carries no data: it says that there is work, and the work is rows."""

from __future__ import annotations

from iterable_admin.inbox.processing import process_all
from iterable_admin.inbox.storing import TASK
from iterable_admin.waking.waking import begin, finish, wake

# Django-Q ends a task after 55 s; a batch that has begun needs some of it.
SECONDS = 40


def process_inbox() -> None:
    begin("inbox")
    taken = process_all(SECONDS)
    finish("inbox")
    if taken:
        # What came in while the last claim ran, and events behind those that have just ended.
        wake("inbox", TASK)
