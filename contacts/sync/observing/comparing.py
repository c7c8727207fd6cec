"""Carry comparisons out, some people at a time, within the limits that everybody shares. Nothing in Iterable is changed."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from contacts.sync.models import ComparedPerson, ObserveComparison
from contacts.sync.observing.comparing_events import EVENTS
from contacts.sync.observing.comparing_profiles import PROFILES
from contacts.sync.observing.planning import plan
from contacts.sync.observing.starting import queue_comparison
from contacts.sync.observing.steps import Step
from iterable_admin.errors import Misconfigured
from iterable_admin.outbox.reading_side_by_side import may_read

State = ObserveComparison.State
STEPS: tuple[Step[Any], ...] = (PROFILES, EVENTS)
# Django-Q ends a task after 55 s: the rest is for the next one.
SECONDS = 20
LEASE = timedelta(minutes=2)
A_PART, MOST_TRIES = 400, 5
TOO_LONG = timedelta(hours=24)
CANNOT_READ = "Sending is halted or paused, and nothing is read meanwhile; it goes on by itself once that is lifted."
NO_ANSWER = "Iterable did not answer; it is asked again within a minute."
GAVE_UP = "It was not through after a day. The technical owner looks at the API budget and the switch, then compares again."


def compare_on(seconds: float = SECONDS) -> int:
    """The task, and the sweep. Returns how many people were settled."""
    comparison, end, settled = take(), time.monotonic() + seconds, 0
    while comparison and (left := end - time.monotonic()) > 0:
        some = _some(comparison, left)
        if some is None:
            break
        settled += some
    if comparison:
        _give_back(comparison)
    if comparison and settled and ObserveComparison.objects.filter(pk=comparison.pk, state=State.RUNNING).exists():
        queue_comparison()
    return settled


@transaction.atomic
def take() -> ObserveComparison | None:
    now = timezone.now()
    free = ObserveComparison.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), state__in=ObserveComparison.OPEN)
    comparison = free.order_by("id").select_for_update(skip_locked=True).first()
    if comparison is None:
        return None
    if comparison.created_at < now - TOO_LONG:
        _end(comparison, State.STOPPED, GAVE_UP)
        return None
    comparison.state, comparison.lease_owner, comparison.lease_until = State.RUNNING, uuid.uuid4(), now + LEASE
    comparison.save(update_fields=["state", "lease_owner", "lease_until"])
    return comparison


def _give_back(comparison: ObserveComparison) -> None:
    ours = ObserveComparison.objects.filter(pk=comparison.pk, lease_owner=comparison.lease_owner)
    ours.update(lease_owner=None, lease_until=None)


def _some(comparison: ObserveComparison, seconds: float) -> int | None:
    """None: through, or not to be gone on with now."""
    if comparison.planned_at is None:
        plan(comparison)
    turn = _whose_turn(comparison)
    if turn is None:
        _end(comparison, State.COMPLETED)
        return None
    if not may_read():
        _note(comparison, CANNOT_READ)
        return None
    return _ask(comparison, *turn, seconds)


def _whose_turn(comparison: ObserveComparison) -> tuple[Step[Any], list[ComparedPerson]] | None:
    for step in STEPS:
        if people := list(comparison.persons.filter(**step.waiting).order_by("tries", "id")[:A_PART]):
            return step, people
    return None


def _ask(comparison: ObserveComparison, step: Step[Any], people: Sequence[ComparedPerson], seconds: float) -> int | None:
    answered, end = 0, time.monotonic() + seconds
    try:
        for reads in step.read([person.email for person in people], seconds):
            if not _settle(comparison, step, people, reads):
                return None
            answered += len(reads)
    except Misconfigured as error:
        _note(comparison, f"{error} The technical owner mends it, now.")
        return None
    if time.monotonic() < end and answered < len(people):
        return _not_answered(comparison, step, people, answered)
    return answered


@transaction.atomic
def _settle(comparison: ObserveComparison, step: Step[Any], people: Sequence[ComparedPerson], reads: Sequence[Any]) -> bool:
    """False: another worker has taken it meanwhile."""
    ours = ObserveComparison.objects.filter(pk=comparison.pk, lease_owner=comparison.lease_owner, state=State.RUNNING)
    held = ours.select_for_update().first()
    if held is None:
        return False
    step.settle(held, people, reads)
    held.error, held.lease_until = "", timezone.now() + LEASE
    held.save(update_fields=["error", "lease_until"])
    return True


@transaction.atomic
def _not_answered(comparison: ObserveComparison, step: Step[Any], people: Sequence[ComparedPerson], answered: int) -> int | None:
    """Asked again after the others, and at last told as not answered."""
    left = comparison.persons.filter(pk__in=[person.pk for person in people], **step.waiting)
    left.update(tries=F("tries") + 1)
    given_up = left.filter(tries__gte=MOST_TRIES).update(**step.given_up, tries=0)
    error = "" if answered else NO_ANSWER
    ObserveComparison.objects.filter(pk=comparison.pk).update(**{step.counter: F(step.counter) + given_up}, error=error)
    return answered + given_up or None


def _note(comparison: ObserveComparison, why: str) -> None:
    ObserveComparison.objects.filter(pk=comparison.pk).update(error=why)


def _end(comparison: ObserveComparison, state: ObserveComparison.State, error: str = "") -> None:
    comparison.state, comparison.error, comparison.finished_at = state, error, timezone.now()
    comparison.save(update_fields=["state", "error", "finished_at"])
