"""Whether this installation does its work: for the supervisor (/healthz), the alarm (/readyz) and `manage.py doctor`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.brokers import get_broker

from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.switching import Mode, current, mode
from iterable_admin.waking.models import WakeUp

STALLED_AFTER = timedelta(minutes=5)
"""Work that is due and has not moved for so long is not being done. The sweep comes every minute, a task takes at most one,
and a call that is answered 429 waits for less."""
SILENT_AFTER = timedelta(minutes=3)
"""Each pipe's task runs at least once a minute (the sweep) and for less than a minute: a cluster whose last one ended longer
ago is dead or deadlocked. A deadlocked one looks alive to its own guard, which is why the work is watched instead."""
PIPES = ("inbox", "outbox")


@dataclass(frozen=True, slots=True)
class Progress:
    """What waits, since when, and when something last came to its end."""

    oldest_event_due: timedelta | None
    oldest_delivery_due: timedelta | None
    event_settled_at: datetime | None
    delivery_settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and what to do about it."""

    said: str
    mend: str


def measure_progress(now: datetime) -> Progress:
    # First rows by an index rather than minima: a backlog of a million rows must not make the question slow.
    event = Event.objects.due(now).first_in_lane(now).order_by("id").values_list("received_at", "next_attempt_at").first()
    delivery = _due_deliveries(now).order_by("id").values_list("created_at", "next_attempt_at").first()
    settled_event = Event.objects.filter(state__in=Event.ENDED, ended_at__isnull=False).order_by("-id")
    settled_delivery = Delivery.objects.filter(ended_at__isnull=False).order_by("-ended_at")
    return Progress(
        oldest_event_due=_due_for(event, now),
        oldest_delivery_due=_due_for(delivery, now),
        event_settled_at=settled_event.values_list("ended_at", flat=True).first(),
        delivery_settled_at=settled_delivery.values_list("ended_at", flat=True).first(),
    )


def _due_deliveries(now: datetime) -> QuerySet[Delivery]:
    due: QuerySet[Delivery] = Delivery.objects.due(now).first_in_lane(now)
    return due.filter(withdrawal=True) if mode(current()) == Mode.PAUSED else due


def _due_for(row: tuple[datetime, datetime | None] | None, now: datetime) -> timedelta | None:
    return now - (row[1] or row[0]) if row else None


def find_database_fault() -> Fault | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        # The class alone: the message may hold the address and the user.
        return Fault(f"The database does not answer ({type(error).__name__}).", "Start it, or mend DATABASE_URL.")
    return None


def find_migration_fault() -> Fault | None:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        return Fault(f"{len(pending)} migrations are not applied.", "Run: python manage.py migrate")
    return None


def find_broker_fault() -> Fault | None:
    try:
        answers = get_broker().ping()
    except (redis.RedisError, DatabaseError):
        answers = False
    return None if answers else Fault("The broker does not answer.", "Start Redis, or mend REDIS_URL (unset: the database).")


def find_worker_fault() -> Fault | None:
    now = timezone.now()
    last = dict(WakeUp.objects.filter(name__in=PIPES).values_list("name", "finished_at"))
    for pipe in PIPES:
        at = last.get(pipe)
        if at is None or now - at > SILENT_AFTER:
            since = f"since {at:%Y-%m-%d %H:%M:%S} UTC" if at else "so far"
            return Fault(f"No worker has finished with the {pipe} {since}.", "Start or restart it: python manage.py qcluster")
    return None


def find_progress_fault() -> Fault | None:
    now = timezone.now()
    progress = measure_progress(now)
    watched = (
        ("event", progress.oldest_event_due, progress.event_settled_at),
        ("delivery", progress.oldest_delivery_due, progress.delivery_settled_at),
    )
    for what, due_for, settled_at in watched:
        moved = settled_at is not None and now - settled_at < STALLED_AFTER
        if due_for is not None and due_for > STALLED_AFTER and not moved:
            minutes = due_for.total_seconds() // 60
            said = f"The oldest {what} has been due for {minutes:.0f} minutes and none came to an end meanwhile."
            return Fault(said, "Restart the worker, and look at its log.")
    return None


def find_sending_fault() -> Fault | None:
    switch = current()
    if switch.halted_at is None:
        return None
    return Fault(f"Sending is halted: {switch.halted_because}", "Mend the key; the next call that is answered lifts the halt.")


Finder = Callable[[], Fault | None]
FINDERS: dict[str, Finder] = {
    "database": find_database_fault,
    "migrations": find_migration_fault,
    "broker": find_broker_fault,
    "worker": find_worker_fault,
    "progress": find_progress_fault,
    "sending": find_sending_fault,
}
# Without them the other questions cannot be asked.
NEEDED_FIRST = ("database", "migrations")


def find_faults() -> Iterator[tuple[str, Fault | None]]:
    for name, find in FINDERS.items():
        fault = find()
        yield name, fault
        if fault and name in NEEDED_FIRST:
            return


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Asks nothing else, so that a slow database restarts no web server."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """503 as soon as one thing is wrong: meant for an alarm, since a stalled worker is no reason to refuse events."""
    faults = dict(find_faults())
    ready = not any(faults.values())
    body = {
        "status": "ready" if ready else "not ready",
        "checks": {name: f"{fault.said} {fault.mend}" if fault else "ok" for name, fault in faults.items()},
        "progress": _progress() if not any(faults.get(name) for name in NEEDED_FIRST) else None,
    }
    return JsonResponse(body, status=200 if ready else 503)


def _progress() -> dict[str, object]:
    progress = measure_progress(timezone.now())
    return {
        "oldest_event_due_seconds": _seconds(progress.oldest_event_due),
        "oldest_delivery_due_seconds": _seconds(progress.oldest_delivery_due),
        "event_settled_at": progress.event_settled_at,
        "delivery_settled_at": progress.delivery_settled_at,
    }


def _seconds(age: timedelta | None) -> float | None:
    return None if age is None else round(age.total_seconds(), 1)
