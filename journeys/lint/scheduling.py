"""When the lint runs by itself: the clock asks often, and a whole run follows every mirror and every sync."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from contacts.sync.models import SyncRun
from iterable_admin.errors import Temporary
from iterable_admin.waking.waking import begin, finish
from journeys.lint.asking import WAKE_UP
from journeys.lint.excepting import expire_exceptions
from journeys.lint.models import LintRun
from journeys.lint.running import lint, looked_at
from journeys.models import MirrorRun

# What nobody tells of (a policy of ours, an owner, a review date) is seen after so long at the latest.
AT_LEAST_EVERY = timedelta(hours=1)
# Of runs that watched the clock alone: one every five minutes.
KEPT_FOR = timedelta(days=7)


def watch() -> LintRun | None:
    """For the schedule: what watches the clock each time, everything where something happened since the last whole run."""
    expire_exceptions()
    LintRun.objects.filter(quick=True, ended_at__lt=timezone.now() - KEPT_FOR).delete()
    trigger = due()
    return _look(trigger or "schedule", quick=not trigger)


def run_asked() -> LintRun | None:
    """For the wake-up of a button, or of a mirror that ended."""
    begin(WAKE_UP)
    try:
        return _look(due() or "operator", quick=False)
    finally:
        finish(WAKE_UP)


def _look(trigger: str, *, quick: bool) -> LintRun | None:
    """Once more where a mirror or a sync ended meanwhile: what it asked for found this run under way."""
    try:
        run = lint(trigger, quick=quick)
        news = due()
        return lint(news) if news else run
    except Temporary:
        return None


def due() -> str:
    """Why a whole run is due; empty if it is not."""
    since = looked_at()
    if since is None or since < timezone.now() - AT_LEAST_EVERY:
        return "schedule"
    if SyncRun.objects.filter(dry_run=False, finished_at__gt=since).exists():
        return "sync"
    return "mirror" if MirrorRun.objects.filter(ended_at__gt=since).exists() else ""
