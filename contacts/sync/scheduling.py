"""When the sync runs by itself."""

from __future__ import annotations

from datetime import UTC, datetime

from croniter import croniter
from django.conf import settings
from django.utils import timezone
from django_q.models import Schedule

from contacts.sync.tasks import CLUSTER, run_nightly_sync, sweep_syncs

NIGHTLY, SWEEP = "nightly sync", "sync sweep"


def ensure_schedule() -> Schedule:
    """Makes both schedules, or brings them up to SYNC_CRON (UTC); safe to call at every start."""
    Schedule.objects.get_or_create(
        name=SWEEP, defaults={"func": _path(sweep_syncs), "schedule_type": Schedule.MINUTES, "minutes": 5}
    )
    nightly = Schedule.objects.filter(name=NIGHTLY).first() or Schedule(name=NIGHTLY)
    if nightly.cron != settings.SYNC_CRON:
        nightly.func, nightly.cluster = _path(run_nightly_sync), CLUSTER
        nightly.schedule_type, nightly.cron = Schedule.CRON, settings.SYNC_CRON
        # A new schedule would fire at once: its next run is "now" unless it is said.
        nightly.next_run = next_slot(settings.SYNC_CRON)
        nightly.save()
    return nightly


def next_slot(cron: str) -> datetime:
    slot: datetime = croniter(cron, timezone.now().astimezone(UTC)).get_next(datetime)
    return slot


def _path(task: object) -> str:
    return f"{task.__module__}.{task.__name__}"  # type: ignore[attr-defined] # a function
