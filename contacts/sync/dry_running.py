"""What a run would do: the same reading and comparing, and no writing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from django.utils import timezone

from contacts.sync import reasons
from contacts.sync.comparing import Changed, Compared
from contacts.sync.models import SyncRow, SyncRun
from contacts.sync.running import Closed, Progress, add, examine, fail
from iterable_admin.errors import Problem

MOST_EXAMPLES = 20


@dataclass(slots=True)
class Outlook:
    skipped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    look_ups: int = 0
    opt_outs: int = 0
    examples: list[Changed] = field(default_factory=list)


def look_ahead(run: SyncRun, progress: Progress | None = None) -> Outlook:
    """Fills the figures of `run`, which need not be stored, and stores nothing. A missing or empty source raises its Problem."""
    outlook = Outlook()
    for compared in examine(run, progress):
        add(run, compared)
        _take_in(outlook, compared)
    run.skipped, run.failed = outlook.skipped.total(), outlook.failed.total()
    run.skipped_reasons = dict(sorted(outlook.skipped.items()))
    return outlook


def _take_in(outlook: Outlook, compared: Compared) -> None:
    outlook.skipped.update(+compared.rowless)
    outlook.skipped.update({reasons.NOT_IN_ITERABLE: len(compared.absent)} if compared.absent else {})
    for refused in compared.refused:
        (outlook.failed if refused.state == SyncRow.State.FAILED else outlook.skipped)[refused.code] += 1
    outlook.look_ups += sum(changed.present is None for changed in compared.to_send)
    outlook.opt_outs += sum(changed.withdrawn for changed in compared.to_send)
    outlook.examples += compared.to_send[: MOST_EXAMPLES - len(outlook.examples)]


def carry_out_dry(run: SyncRun, progress: Progress | None = None) -> SyncRun:
    """A dry run that was asked for in the admin: its figures and up to 20 examples are kept, and nothing else."""
    try:
        outlook = look_ahead(run, progress)
    except (Problem, Closed) as problem:
        fail(run, str(problem))
    else:
        _keep(run, outlook)
    run.refresh_from_db()
    return run


def _keep(run: SyncRun, outlook: Outlook) -> None:
    run.state, run.read_at = SyncRun.State.COMPLETED, timezone.now()
    run.finished_at = run.read_at
    SyncRow.objects.bulk_create([_example(run, changed) for changed in outlook.examples])
    run.save()


def _example(run: SyncRun, changed: Changed) -> SyncRow:
    return SyncRow(
        run=run,
        address_key=changed.profile.key,
        email=changed.profile.email,
        state=SyncRow.State.SKIPPED,
        reason_code=reasons.DRY_RUN,
        reason=reasons.WORDS[reasons.DRY_RUN],
        changed_fields=changed.fields,
    )
