"""What Django-Q calls for the reconciliation. A task may be lost, or called twice."""

from __future__ import annotations

import structlog
from django.db import transaction
from django_q.tasks import async_task

from contacts.intake.models import Reconciliation
from contacts.intake.reconciling import UnderWay, carry_out, reconcile

CLUSTER = "sync"
log = structlog.get_logger(__name__)


def reconcile_nightly() -> None:
    try:
        reconcile("schedule")
    except UnderWay as refusal:
        log.warning("reconciliation refused", reason=str(refusal))


def carry_out_queued(pk: int) -> None:
    row = Reconciliation.objects.filter(pk=pk, state=Reconciliation.State.RUNNING).first()
    if row:
        carry_out(row)


def queue(row: Reconciliation) -> None:
    """Once it is committed. Were the task lost, the next start closes it and goes on with it."""
    task = f"{__name__}.{carry_out_queued.__name__}"
    transaction.on_commit(lambda: async_task(task, row.pk, q_options={"cluster": CLUSTER, "save": False}))
