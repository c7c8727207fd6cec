"""What runs by the clock besides the sync: Django-Q schedules, made where they are missing and mended where they differ."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from croniter import croniter
from django.conf import settings
from django.utils import timezone
from django_q.models import Schedule

from contacts.gateway.outcomes import TASK as CALL_BACK
from contacts.sync.observing.starting import TASK as COMPARE_OBSERVED
from iterable_admin.audit.bulk.tasks import TASK as BULK_ACTIONS
from iterable_admin.inbox.storing import TASK as PROCESS_INBOX
from iterable_admin.outbox.switching import TASK as DRAIN_OUTBOX

# The sync's cluster, because a first purge may outlast the 55 s of the default one. An hour after the sync starts.
PURGE = {"func": "iterable_admin.purging.purge_nightly", "schedule_type": Schedule.CRON, "cron": "15 3 * * *", "cluster": "sync"}
# Also on the sync's cluster: looking for the people behind hashes goes through all contacts.
COMPARE = {
    "func": "contacts.consent.erasing.reconciling.reconcile_nightly",
    "schedule_type": Schedule.CRON,
    "cron": "45 3 * * *",
    "cluster": "sync",
}
# Each wake-up may be lost; the sweep is what makes that cost a minute at most.
SWEEP = {"schedule_type": Schedule.MINUTES, "minutes": 1}
RECONCILIATION = {
    "func": "contacts.intake.reconciling_tasks.reconcile_nightly",
    "schedule_type": Schedule.CRON,
    "cron": "45 4 * * *",
    "cluster": "sync",
}
COMPARISON = {
    "func": "contacts.consent.resolver.comparing.compare_nightly",
    "schedule_type": Schedule.CRON,
    "cron": "15 5 * * *",
    "cluster": "sync",
}
# After the reconciliation, which makes up for webhooks that did not come.
REALITY = {
    "func": "journeys.rehearsal.reality.compare_nightly",
    "schedule_type": Schedule.CRON,
    "cron": "30 5 * * *",
    "cluster": "sync",
}
# After the sync, which brings most of what changes; the day is UTC's.
AUDIENCES = {
    "func": "contacts.conditions.audiences.counting.count_nightly",
    "schedule_type": Schedule.CRON,
    "cron": "15 4 * * *",
    "cluster": "sync",
}
# An hour before the sync, which then need not ask for one person after the other.
LISTING = {"func": "contacts.listing.list_nightly", "schedule_type": Schedule.CRON, "cron": "15 1 * * *", "cluster": "sync"}
MONDAY_MAIL = {
    "func": "iterable_admin.screens.monday.writing.write_weekly",
    "schedule_type": Schedule.CRON,
    "cron": settings.MONDAY_MAIL_CRON or "0 7 * * 1",
}
SCHEDULES: dict[str, dict[str, Any]] = {
    "sweep of the inbox": {"func": PROCESS_INBOX, **SWEEP},
    "sweep of the outbox": {"func": DRAIN_OUTBOX, **SWEEP},
    "events whose address became known": {"func": "contacts.intake.resuming.release_all_held", **SWEEP},
    "withdrawals that were only observed": {"func": "contacts.intake.reconsidering.reconsider_observed", **SWEEP},
    "mirror of Iterable": {
        "func": "journeys.mirror.refreshing.refresh_hourly",
        "schedule_type": Schedule.HOURLY,
        "cluster": "sync",
    },
    "people written to and not seen since": {"func": "contacts.consent.looking.look_again", **SWEEP},
    "ids of channels and message types": {"func": "contacts.consent.learning.refresh_ids", "schedule_type": Schedule.HOURLY},
    "seal of the ledger": {"func": "contacts.consent.sealing.seal_hourly", "schedule_type": Schedule.HOURLY},
    "lint": {"func": "journeys.lint.scheduling.watch", "schedule_type": Schedule.MINUTES, "minutes": 5},
    "alerts of the syncs": {"func": "contacts.sync.alerting.watching.watch", "schedule_type": Schedule.MINUTES, "minutes": 5},
    "notices of the syncs that wait": {"func": "contacts.sync.alerting.telling.send_notices", **SWEEP},
    "callbacks of the gateway that wait": {"func": CALL_BACK, **SWEEP},
    "bulk actions that wait": {"func": BULK_ACTIONS, **SWEEP},
    "comparisons in observe mode": {"func": COMPARE_OBSERVED, **SWEEP},
    "notifications that wait": {"func": "journeys.lint.telling.send_notifications", **SWEEP},
    "rehearsals that wait": {"func": "journeys.rehearsal.running.run_waiting", "cluster": "sync", **SWEEP},
    "events by the hour": {"func": "iterable_admin.inbox.hours.count_hours", **SWEEP},
    "profiles in Iterable, in the window, left behind": {
        "func": "contacts.sync.headcounts.count_heads",
        "schedule_type": Schedule.MINUTES,
        "minutes": 5,
        "cluster": "sync",
    },
    "saved audiences": AUDIENCES,
    "Monday mail": MONDAY_MAIL,
    "Monday mails that wait": {"func": "iterable_admin.screens.monday.sending.send_mails", **SWEEP},
    "listing of everybody in Iterable": LISTING,
    "nightly purge": PURGE,
    "erasures compared with Iterable": COMPARE,
    "nightly reconciliation": RECONCILIATION,
    "rules as SQL and as Python compared": COMPARISON,
    "counts of messages that wait": {"func": "journeys.rehearsal.pressing.run_waiting", "cluster": "sync", **SWEEP},
    "predictions compared with Iterable's reports": REALITY,
}


def ensure_schedules() -> list[Schedule]:
    """Safe to call at every start, and by several processes one after the other."""
    # Not get_or_create: the name is not unique in Django-Q's table; the first of a name counts.
    there = {schedule.name: schedule for schedule in Schedule.objects.filter(name__in=SCHEDULES).order_by("-pk")}
    return [_ensure(there.get(name), name, wanted) for name, wanted in SCHEDULES.items()]


def _ensure(schedule: Schedule | None, name: str, wanted: dict[str, Any]) -> Schedule:
    if schedule is None:
        return Schedule.objects.create(name=name, repeats=-1, next_run=_first_run(wanted), **wanted)
    if any(getattr(schedule, key) != value for key, value in wanted.items()):
        for key, value in wanted.items():
            setattr(schedule, key, value)
        schedule.next_run = _first_run(wanted)
        schedule.save()
    return schedule


def _first_run(wanted: dict[str, Any]) -> datetime:
    now = timezone.now()
    # Without it a new schedule is due at once: the purge would run in the middle of the day.
    return croniter(wanted["cron"], now.astimezone(UTC)).get_next(datetime) if "cron" in wanted else now
