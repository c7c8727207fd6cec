"""When each sync runs by itself."""

from __future__ import annotations

from datetime import UTC, datetime

from croniter import croniter
from django.conf import settings
from django.utils import timezone
from django_q.models import Schedule

from contacts.sync.models import SyncDefinition
from contacts.sync.seed import NAMESPACE_INFORMATION, seed_sync
from contacts.sync.tasks import CLUSTER, run_nightly_sync, sweep_syncs

NIGHTLY, SWEEP = "nightly sync", "sync sweep"


def ensure_schedule() -> Schedule:
    """Makes what is missing, or brings it up to each definition's times (UTC); safe to call at every start."""
    seed_sync()
    Schedule.objects.get_or_create(
        name=SWEEP, defaults={"func": _path(sweep_syncs), "schedule_type": Schedule.MINUTES, "minutes": 5}
    )
    schedules = {definition.slug: schedule_of(definition) for definition in SyncDefinition.objects.all()}
    return schedules[NAMESPACE_INFORMATION]


def schedule_of(definition: SyncDefinition) -> Schedule:
    """Also of one that is switched off: its task looks first."""
    name = NIGHTLY if definition.slug == NAMESPACE_INFORMATION else f"sync {definition.slug}"[:100]
    schedule = Schedule.objects.filter(name=name).first() or Schedule(name=name)
    cron = cron_of(definition)
    if schedule.cron != cron or schedule.args != f"{definition.pk},":
        schedule.func, schedule.cluster, schedule.args = _path(run_nightly_sync), CLUSTER, f"{definition.pk},"
        schedule.schedule_type, schedule.cron = Schedule.CRON, cron
        # A new schedule would fire at once: its next run is "now" unless it is said.
        schedule.next_run = next_slot(cron)
        schedule.save()
    return schedule


def cron_of(definition: SyncDefinition) -> str:
    return definition.cron or str(settings.SYNC_CRON)


def next_slot(cron: str) -> datetime:
    slot: datetime = croniter(cron, timezone.now().astimezone(UTC)).get_next(datetime)
    return slot


def _path(task: object) -> str:
    return f"{task.__module__}.{task.__name__}"  # type: ignore[attr-defined] # a function
