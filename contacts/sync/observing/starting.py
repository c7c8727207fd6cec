"""Begin a comparison: one at a time, stored first, with what it will cost in calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from django_q.tasks import async_task

from contacts.sync.models import ObserveComparison
from iterable_admin.audit.recording import record
from iterable_admin.errors import Permanent
from iterable_admin.outbox.models import Delivery

TASK = "contacts.sync.observing.comparing.compare_on"
Operation = Delivery.Operation
# What a profile in Iterable tells of.
IN_PROFILES = (Operation.PROFILE, Operation.SUBSCRIBE, Operation.UNSUBSCRIBE)
COMPARABLE = (*IN_PROFILES, Operation.TRACK)
# Iterable tells events of one person at a time, so that they are compared for the newest people only.
SAMPLE = 1_000
# Further than that nobody is counted: a page waits for it.
MOST_COUNTED = 20_000
UNDER_WAY = "A comparison is under way: wait until it has ended, then compare again."


def start_comparison(user: AbstractBaseUser | AnonymousUser, reason: str, *, days: int, most: int) -> ObserveComparison:
    since = timezone.now() - timedelta(days=days)
    with transaction.atomic():
        if ObserveComparison.objects.filter(state__in=ObserveComparison.OPEN).exists():
            raise Permanent(UNDER_WAY)
        made = ObserveComparison.objects.create(started_by_id=user.pk, since=since, most=most)
        record(user, "compare", "what would be sent", {"comparison": made.pk}, 1, reason, f"Started {made}.")
        queue_comparison()
    return made


def queue_comparison() -> None:
    """Once the row is committed. Were the task lost, the sweep finds it within a minute."""
    transaction.on_commit(lambda: async_task(TASK, q_options={"save": False}), robust=True)


def comparable(days: int) -> QuerySet[Delivery]:
    since = timezone.now() - timedelta(days=days)
    rows: QuerySet[Delivery] = Delivery.objects.would_send().filter(operation__in=COMPARABLE, ended_at__gte=since)
    return rows.exclude(email="")


def people_to_sample(days: int) -> int:
    """How many people's events would be compared, at most SAMPLE."""
    return comparable(days).filter(operation=Operation.TRACK).order_by().values("lane").distinct()[:SAMPLE].count()


def people_to_compare(days: int) -> tuple[int, bool]:
    """How many people something would have been sent for, and whether that is all of them."""
    some = comparable(days).order_by().values("lane")[:MOST_COUNTED]
    found: dict[str, Any] = some.aggregate(people=Count("lane", distinct=True), rows=Count("lane"))
    return found["people"], found["rows"] < MOST_COUNTED
