from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.utils import timezone
from django_q.models import Schedule

from iterable_admin.schedules import SCHEDULES, ensure_schedules

pytestmark = pytest.mark.django_db


def test_schedules_are_made_once() -> None:
    first, second = ensure_schedules(), ensure_schedules()

    assert first == second
    assert Schedule.objects.count() == len(SCHEDULES)


def test_a_schedule_that_was_changed_by_hand_is_mended() -> None:
    ensure_schedules()
    Schedule.objects.filter(name="nightly purge").update(func="os.remove", next_run=timezone.now())

    ensure_schedules()

    mended = Schedule.objects.get(name="nightly purge")
    assert mended.func == "iterable_admin.purging.purge_nightly"
    assert mended.next_run > timezone.now()


def test_ensuring_does_not_postpone_what_is_due() -> None:
    ensure_schedules()
    due = timezone.now() - timedelta(minutes=5)
    Schedule.objects.update(next_run=due)

    ensure_schedules()

    assert set(Schedule.objects.values_list("next_run", flat=True)) == {due}


@pytest.mark.parametrize(
    "schedule", ["sweep of the inbox", "sweep of the outbox", "nightly purge", "erasures compared with Iterable"]
)
def test_what_is_scheduled_exists(schedule: str) -> None:
    ensure_schedules()
    module, _, function = Schedule.objects.get(name=schedule).func.rpartition(".")

    assert callable(getattr(import_module(module), function))
