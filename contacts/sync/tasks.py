"""What Django-Q calls. A task carries no data but the id of a run, and may be lost or called twice."""

from __future__ import annotations

import structlog
from django.db import transaction
from django_q.tasks import async_task

from contacts.sync.dry_running import carry_out_dry
from contacts.sync.models import SyncRun
from contacts.sync.reconciling import reconcile_rows
from contacts.sync.running import carry_out
from contacts.sync.starting import RunUnderWay, close_dead_runs, start_run, take, the_definition

CLUSTER = "sync"
log = structlog.get_logger(__name__)


def run_nightly_sync() -> None:
    if not the_definition().enabled:
        log.info("sync.disabled")
        return
    try:
        run = start_run("schedule")
    except RunUnderWay as refusal:
        log.warning("sync.refused", reason=str(refusal))
        return
    start_sync(run.pk)


def start_sync(run_id: int) -> None:
    run = SyncRun.objects.filter(pk=run_id).first()
    if run and take(run):
        carry_out_dry(run) if run.dry_run else carry_out(run)


def queue_run(run: SyncRun) -> None:
    """Once the run is committed. Were the task lost, the run is closed after ten minutes, with the reason."""
    task = f"{__name__}.{start_sync.__name__}"
    transaction.on_commit(lambda: async_task(task, run.pk, q_options={"cluster": CLUSTER, "save": False}))


def sweep_syncs() -> None:
    close_dead_runs()
    reconcile_rows()
