"""Ask how many messages people get, and have it counted by a worker."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import timedelta

import structlog
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from iterable_admin.audit.recording import record
from iterable_admin.errors import Problem
from iterable_admin.waking.waking import begin, finish, wake_after_commit
from journeys.rehearsal.models import PressureRun
from journeys.rehearsal.pressure import count_pressure

log = structlog.get_logger(__name__)
TASK = "journeys.rehearsal.pressing.run_waiting"
WAKE_UP = "pressure"
CLUSTER = "sync"
State = PressureRun.State
LEASE = timedelta(minutes=30)
"""Longer than any count takes: of a worker that was killed nothing is heard for that long."""
MOST_TAKES = 3
KEPT = 20
"""Older ones go, with the people that they name."""
DIED = "Three workers ended before they were through: the technical owner looks into the log of the workers."
User = AbstractBaseUser | AnonymousUser | None


@transaction.atomic
def ask_for_pressure(days: int, in_a_day: int, in_a_week: int, user: User, reason: str) -> PressureRun:
    limits = {"days": days, "most_in_a_day": in_a_day, "most_in_a_week": in_a_week}
    name = user.get_username()[:150] if user else ""
    run = PressureRun.objects.create(**limits, actor_name=name, created_at=timezone.now())
    record(user, "count messages", str(run), limits, 1, reason)
    wake_after_commit(WAKE_UP, TASK, cluster=CLUSTER)
    return run


def run_waiting() -> int:
    """For the wake-up and the sweep. Returns how many ended."""
    begin(WAKE_UP)
    ended = 0
    try:
        while (run := take()) is not None:
            carry_out(run)
            ended += 1
    finally:
        finish(WAKE_UP)
    return ended


@transaction.atomic
def take() -> PressureRun | None:
    now = timezone.now()
    free = Q(state=State.WAITING) | Q(state=State.RUNNING, lease_until__lt=now)
    run = PressureRun.objects.filter(free).order_by("id").select_for_update(skip_locked=True).first()
    if run is None:
        return None
    if run.takes >= MOST_TAKES:
        PressureRun.objects.filter(pk=run.pk).update(state=State.FAILED, error=DIED, ended_at=now, lease_until=None)
        return None
    run.state, run.takes, run.lease_until = State.RUNNING, run.takes + 1, now + LEASE
    run.save(update_fields=["state", "takes", "lease_until"])
    return run


def carry_out(run: PressureRun) -> None:
    started = time.perf_counter()
    try:
        with transaction.atomic():
            counts = asdict(count_pressure(run))
            _end(run, State.COMPLETED, counts=counts, seconds=round(time.perf_counter() - started, 3))
        _forget_old()
    except Problem as problem:
        _end(run, State.FAILED, error=str(problem))
    except Exception as error:
        # The edge of the loop: one run must not keep the others from being counted.
        log.exception("pressure.failed", run=run.pk)
        told = f"Our error ({type(error).__name__}), which the log tells: the technical owner looks into it."
        _end(run, State.FAILED, error=told)


def _end(run: PressureRun, state: str, **told: object) -> None:
    ended = {"state": state, "ended_at": timezone.now(), "lease_until": None, **told}
    PressureRun.objects.filter(pk=run.pk, state=State.RUNNING).update(**ended)


def _forget_old() -> None:
    kept = list(PressureRun.objects.order_by("-pk").values_list("pk", flat=True)[:KEPT])
    PressureRun.objects.exclude(pk__in=kept).filter(state__in=PressureRun.ENDED).delete()
