"""Ask how many messages people get, and have it counted by a worker."""

from __future__ import annotations

import time
from dataclasses import asdict
from functools import partial

from django.db import transaction
from django.utils import timezone

from iterable_admin.audit.recording import record
from journeys.rehearsal.background import Background, User, end, tell
from journeys.rehearsal.models import PressedPerson, PressureRun
from journeys.rehearsal.pressure import Pressed, Pressure, count_pressure

KEPT = 20
"""Older ones go, with the people that they name."""


def carry_out(run: PressureRun) -> None:
    started = time.perf_counter()
    pressure, people = count_pressure(run, partial(tell, run))
    keep(run, pressure, people, time.perf_counter() - started)
    _forget_old()


COUNTS = Background(PressureRun, "pressure", "journeys.rehearsal.pressing.run_waiting", carry_out)


def run_waiting() -> int:
    return COUNTS.run_waiting()


@transaction.atomic
def ask_for_pressure(days: int, in_a_day: int, in_a_week: int, user: User, reason: str) -> PressureRun:
    limits = {"days": days, "most_in_a_day": in_a_day, "most_in_a_week": in_a_week}
    name = user.get_username()[:150] if user else ""
    run = PressureRun.objects.create(**limits, actor_name=name, created_at=timezone.now())
    record(user, "count messages", str(run), limits, 1, reason)
    COUNTS.wake()
    return run


@transaction.atomic
def keep(run: PressureRun, pressure: Pressure, people: list[Pressed], seconds: float) -> None:
    end(run, counts=asdict(pressure), seconds=round(seconds, 3))
    rows = (PressedPerson(run=run, contact_id=one.contact, in_a_day=one.in_a_day, in_a_week=one.in_a_week) for one in people)
    PressedPerson.objects.bulk_create(rows, batch_size=2_000)


def _forget_old() -> None:
    kept = list(PressureRun.objects.order_by("-pk").values_list("pk", flat=True)[:KEPT])
    PressureRun.objects.exclude(pk__in=kept).exclude(state__in=PressureRun.OPEN).delete()
