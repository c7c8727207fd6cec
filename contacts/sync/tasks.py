"""What Django-Q calls. A task carries no data but the id of a run or a definition, and may be lost or called twice."""

from __future__ import annotations

import structlog
from django.db import transaction
from django_q.tasks import async_task

from contacts.sync.models import SyncDefinition, SyncRun
from contacts.sync.reconciling import reconcile_rows
from contacts.sync.running import carry_out
from contacts.sync.starting import RunUnderWay, Wish, free_dead_runs, start_run, take, the_definition

CLUSTER = "sync"
log = structlog.get_logger(__name__)


def run_nightly_sync(definition_id: int | None = None) -> None:
    """Of the namespace information, where no definition is named."""
    definition = the_definition() if definition_id is None else SyncDefinition.objects.filter(pk=definition_id).first()
    if definition is None or not definition.enabled:
        log.info("sync.disabled", definition=definition_id)
        return
    try:
        run = start_run("schedule", wish=Wish(definition))
    except RunUnderWay as refusal:
        log.warning("sync.refused", reason=str(refusal))
        return
    start_sync(run.pk)


def start_sync(run_id: int) -> None:
    run = SyncRun.objects.select_related("definition").filter(pk=run_id).first()
    if run and take(run):
        carry_out(run)


def queue_run(run: SyncRun) -> None:
    """Once the run is committed. Were the task lost, the sweep closes the run after ten minutes, with the reason."""
    task = f"{__name__}.{start_sync.__name__}"
    transaction.on_commit(lambda: async_task(task, run.pk, q_options={"cluster": CLUSTER, "save": False}))


def sweep_syncs() -> None:
    for run in free_dead_runs():
        queue_run(run)
    reconcile_rows()
