"""What Django-Q calls. A task carries no data: it says that there is work, and the work is rows."""

from __future__ import annotations

from datetime import timedelta

from iterable_admin.outbox.draining import drain, seconds_to_next
from iterable_admin.outbox.switching import TASK
from iterable_admin.waking.waking import begin, finish, is_newest, wake

# Django-Q ends a task after 55 s, and one call may take 30 of them.
SECONDS = 20
# The sweep comes by once a minute: what is due before that is waited for.
SWEEP = timedelta(seconds=60)


def drain_outbox() -> None:
    began = begin("outbox")
    # Of several senders only the newest waits for what is due soon; the others leave their worker to other work.
    taken = drain(SECONDS, linger=SWEEP, may_linger=lambda: is_newest("outbox", began))
    finish("outbox")
    if taken or (is_newest("outbox", began) and seconds_to_next(SWEEP) is not None):
        wake("outbox", TASK)
