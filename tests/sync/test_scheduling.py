from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django_q.models import Schedule

from contacts.sync.scheduling import ensure_schedule

pytestmark = pytest.mark.django_db


@time_machine.travel(datetime(2026, 11, 22, 12, 0, tzinfo=UTC), tick=False)
def test_the_nightly_schedule_waits_for_its_slot_on_the_syncs_own_cluster(settings: Any) -> None:
    settings.SYNC_CRON = "15 2 * * *"
    nightly = ensure_schedule()
    assert (nightly.schedule_type, nightly.cluster) == (Schedule.CRON, "sync")
    assert nightly.next_run == datetime(2026, 11, 23, 2, 15, tzinfo=UTC)


def test_schedules_are_made_once_and_follow_the_setting(settings: Any) -> None:
    ensure_schedule()
    settings.SYNC_CRON = "45 3 * * *"
    ensure_schedule()
    assert list(Schedule.objects.order_by("name").values_list("name", "cron")) == [
        ("nightly sync", "45 3 * * *"),
        ("sync first-namespace-details", "45 3 * * *"),
        ("sync first-namespace-event", "45 3 * * *"),
        ("sync sweep", None),
    ]


def test_what_is_scheduled_exists() -> None:
    ensure_schedule()
    for path in Schedule.objects.values_list("func", flat=True):
        module, _, name = path.rpartition(".")
        assert callable(getattr(import_module(module), name))
