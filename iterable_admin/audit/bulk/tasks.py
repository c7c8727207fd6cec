"""What Django-Q calls. The task carries no data: it says that there is work, and the work is rows."""

from __future__ import annotations

from django.db import transaction
from django_q.tasks import async_task

TASK = "iterable_admin.audit.bulk.carrying_out.carry_on"


def queue_bulk() -> None:
    """Once the row is committed. Were the task lost, the sweep finds the row within a minute."""
    # Robust: the row is safe, so a broker that is down may not fail the request.
    transaction.on_commit(lambda: async_task(TASK, q_options={"save": False}), robust=True)
