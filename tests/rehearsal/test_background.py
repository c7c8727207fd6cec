"""What a worker counts: taken up once more when the worker died, given up when none survives it, never kept by a late one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from iterable_admin.audit.models import OperatorAction
from iterable_admin.errors import Permanent
from journeys.models import PressureRun
from journeys.rehearsal.background import DIED, MOST_TAKES, Background, cancel, end, tell

pytestmark = pytest.mark.django_db


def wanted(**values: object) -> PressureRun:
    limits = {"days": 1, "most_in_a_day": 2, "most_in_a_week": 4, "created_at": timezone.now()}
    return PressureRun.objects.create(**limits, **values)


def dead(**values: object) -> PressureRun:
    return wanted(state="running", lease_until=timezone.now() - timedelta(seconds=1), **values)


def background(perform: Callable[[PressureRun], None]) -> Background[PressureRun]:
    return Background(PressureRun, "counts", "no.such.task", perform)


def states() -> list[tuple[str, int]]:
    return list(PressureRun.objects.order_by("pk").values_list("state", "takes"))


def test_the_oldest_is_counted_first_and_one_whose_worker_died_again() -> None:
    runs = [dead(takes=1), wanted(), wanted(state="running", lease_until=timezone.now() + timedelta(minutes=1))]
    seen: list[int] = []

    def perform(run: PressureRun) -> None:
        seen.append(run.pk)
        end(run)

    assert background(perform).run_waiting() == 2
    assert seen == [runs[0].pk, runs[1].pk]
    assert states() == [("completed", 2), ("completed", 1), ("running", 0)]


def test_what_no_worker_survives_is_given_up_and_holds_back_nothing() -> None:
    poisoned = dead(takes=MOST_TAKES)
    wanted()
    assert background(end).run_waiting() == 1
    poisoned.refresh_from_db()
    assert (poisoned.state, poisoned.error, states()[1]) == ("failed", DIED, ("completed", 1))


def test_a_worker_that_was_slow_keeps_nothing_once_another_has_taken_it_up() -> None:
    wanted()

    def slow(run: PressureRun) -> None:
        tell(run, 1, 2)
        PressureRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert background(end).run_waiting() == 1
        end(run, error="too late")

    assert background(slow).run_waiting() == 1
    assert (states(), PressureRun.objects.get().error) == ([("completed", 2)], "")


def test_an_error_of_ours_ends_one_run_and_not_the_next() -> None:
    wanted()
    wanted()

    def odd(run: PressureRun) -> None:
        raise KeyError(run.pk)

    assert background(odd).run_waiting() == 2
    told = "Our error (KeyError), which the log tells: the technical owner looks into it."
    assert [(run.state, run.error) for run in PressureRun.objects.all()] == [("failed", told)] * 2


def test_what_has_ended_cannot_be_cancelled() -> None:
    run = wanted(state="completed")
    with pytest.raises(Permanent, match="ended already"):
        cancel(run, None, "Not now")
    assert (states(), OperatorAction.objects.count()) == ([("completed", 0)], 0)
