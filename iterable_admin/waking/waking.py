"""Tell a worker that there is work: at most one task a pipe is under way, and a lost one costs a minute at most."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_q.tasks import async_task

from iterable_admin.waking.models import WakeUp

# A wake-up that nobody answered for this long was lost (a killed worker, a flushed Redis): it may be sent again.
LOST_AFTER = timedelta(seconds=30)


def wake_after_commit(name: str, task: str, *, cluster: str | None = None) -> None:
    """Once the rows are committed, queue `task` (a dotted path), unless one is already waiting."""
    transaction.on_commit(lambda: wake(name, task, cluster=cluster))


def wake(name: str, task: str, *, cluster: str | None = None) -> bool:
    """Queue `task` unless one is already waiting. Returns whether it was queued."""
    now = timezone.now()
    free = Q(pending=False) | Q(asked_at__lt=now - LOST_AFTER) | Q(asked_at__isnull=True)
    claimed = WakeUp.objects.filter(free, name=name).update(pending=True, asked_at=now)
    if not claimed and not _made(name):
        return False
    async_task(task, q_options={"save": False, "cluster": cluster})
    return True


def _made(name: str) -> bool:
    _, made = WakeUp.objects.get_or_create(name=name, defaults={"pending": True, "asked_at": timezone.now()})
    return made


def begin(name: str) -> None:
    """Called first by the task: whatever is committed from now on needs a wake-up of its own."""
    WakeUp.objects.update_or_create(name=name, defaults={"pending": False, "started_at": timezone.now()})


def finish(name: str) -> None:
    WakeUp.objects.filter(name=name).update(finished_at=timezone.now())
