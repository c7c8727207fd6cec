"""Tell a worker that there is work: at most one task a pipe is under way, and a lost one costs a minute at most."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django_q.tasks import async_task

from iterable_admin.waking.models import WakeUp

# A wake-up that nobody answered for this long was lost (a killed worker, a flushed Redis): it may be sent again.
LOST_AFTER = timedelta(seconds=30)
# By hand, because every request runs it, and the ORM takes longer to write this than the database to answer.
CLAIM = """UPDATE waking_wakeup SET pending = TRUE, asked_at = %s
WHERE name = %s AND (NOT pending OR asked_at IS NULL OR asked_at < %s)"""


def wake_after_commit(name: str, task: str, *, cluster: str | None = None) -> None:
    """Once the rows are committed, queue `task` (a dotted path), unless one is already waiting."""
    # Robust: the rows are safe and the sweep finds them, so a broker that is down may not fail the request.
    transaction.on_commit(lambda: wake(name, task, cluster=cluster), robust=True)


def wake(name: str, task: str, *, cluster: str | None = None) -> bool:
    """Queue `task` unless one is already waiting. Returns whether it was queued."""
    now = timezone.now()
    moments = [connection.ops.adapt_datetimefield_value(moment) for moment in (now, now - LOST_AFTER)]
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [moments[0], name, moments[1]])
        claimed = cursor.rowcount
    if claimed:
        async_task(task, q_options={"save": False, "cluster": cluster})
    return bool(claimed)


def begin(name: str) -> datetime:
    """Called first by the task: whatever is committed from now on needs a wake-up of its own. Returns when it began."""
    began = timezone.now()
    WakeUp.objects.update_or_create(name=name, defaults={"pending": False, "started_at": began})
    return began


def is_newest(name: str, began: datetime) -> bool:
    """Whether no other task of this pipe has begun since."""
    return not WakeUp.objects.filter(name=name, started_at__gt=began).exists()


def finish(name: str) -> None:
    WakeUp.objects.filter(name=name).update(finished_at=timezone.now())
