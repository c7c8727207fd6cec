"""Take a run back: the values that Iterable had accepted before it, for everybody whose values nobody has changed since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from django.db import transaction
from django.utils import timezone

from contacts.consent.erasing.marks import erased_among
from contacts.sync import reasons
from contacts.sync.classifying import Refused
from contacts.sync.comparing import Changed, Compared, presence, stands_at, states_of, weigh
from contacts.sync.counting import COUNTED, recount
from contacts.sync.holding import still_mine
from contacts.sync.models import SyncDefinition, SyncRow, SyncRun
from contacts.sync.planning import Plan
from contacts.sync.profiles import Profile
from contacts.sync.sending import planned_rows, write_rows
from iterable_admin.errors import Permanent

ROWS_AT_A_TIME = 1_000
NO_EVENTS = "Run {run} sent events: what happened cannot be taken back. Only what was written to profiles can."
UNDER_WAY = (
    "Run {run} is still under way, and what it has not delivered yet would not be taken back: "
    "wait for its end, or cancel it first. Then undo it."
)
NOTHING = "Run {run} delivered nothing, so nothing can be taken back."


def check_undoable(run: SyncRun) -> None:
    """Permanent, with the reason, where there is nothing to take back."""
    if run.definition.target == SyncDefinition.Target.EVENT:
        raise Permanent(NO_EVENTS.format(run=run.pk))
    check_ended(run)
    if not run.delivered or run.dry_run:
        raise Permanent(NOTHING.format(run=run.pk))


def check_ended(run: SyncRun) -> None:
    if run.state in SyncRun.UNDER_WAY:
        raise Permanent(UNDER_WAY.format(run=run.pk))


def restore(run: SyncRun) -> None:
    """The run that takes back `run.undoes`; a dry one keeps its plan and sends nothing. Safe to take up again."""
    if run.undoes is None:
        raise Permanent("This run takes nothing back.")
    check_ended(run.undoes)  # a retry may have begun since it was asked for
    plan = Plan()
    for rows in _rows_of(run.undoes, run):
        compared = _back(run, rows)
        plan.take_in(compared)
        _write(run, compared)
    _end(run, plan)


def _rows_of(undone: SyncRun, run: SyncRun) -> Iterator[list[SyncRow]]:
    """Less those that this run has a row for already."""
    last = 0
    done = set(run.rows.values_list("address_key", flat=True))
    while rows := list(undone.rows.filter(state=SyncRow.State.DELIVERED, pk__gt=last).order_by("pk")[:ROWS_AT_A_TIME]):
        last = rows[-1].pk
        yield [row for row in rows if row.address_key not in done]


def _back(run: SyncRun, rows: Sequence[SyncRow]) -> Compared:
    keys = [row.address_key for row in rows]
    states, erased = states_of(run.definition, keys), erased_among(keys)
    same = [row for row in rows if row.address_key not in erased and stands_at(states.get(row.address_key), row.fingerprint)]
    moved = [row for row in rows if row not in same and row.address_key not in erased]
    compared = Compared(len(rows), [], [_changed_since(row) for row in moved], states)
    compared.rowless = Counter({reasons.ERASED: len(erased)})
    profiles = [Profile.of(row.email, row.before or {}) for row in same]
    for changed in weigh(run.definition, profiles, presence(keys), states):
        back = Changed(
            changed.profile, SyncRow.Kind.RESTORED, changed.before, changed.before_fingerprint, changed.present, changed.withdrawn
        )
        (compared.absent if back.present is False else compared.to_send).append(back)
    return compared


def _changed_since(row: SyncRow) -> Refused:
    words = reasons.WORDS[reasons.CHANGED_SINCE]
    return Refused(row.address_key, row.email, SyncRow.State.SKIPPED, reasons.CHANGED_SINCE, words)


@transaction.atomic
def _write(run: SyncRun, compared: Compared) -> None:
    if run.dry_run:
        SyncRow.objects.bulk_create(planned_rows(run, compared))
    else:
        write_rows(run, compared)
    mine = still_mine(run)
    mine.heartbeat_at = timezone.now()
    mine.read += compared.read
    mine.enqueued += 0 if run.dry_run else len(compared.to_send)
    for code, number in (+compared.rowless).items():
        mine.rowless[code] = mine.rowless.get(code, 0) + number
    recount(mine)
    mine.save(update_fields=[*COUNTED, "heartbeat_at"])


@transaction.atomic
def _end(run: SyncRun, plan: Plan) -> None:
    mine = still_mine(run)
    mine.plan, mine.read_at, mine.expected = plan.told(), timezone.now(), mine.read
    mine.state = SyncRun.State.COMPLETED if mine.dry_run else SyncRun.State.DELIVERING
    mine.finished_at = mine.read_at if mine.dry_run else None
    recount(mine)
    mine.save(update_fields=[*COUNTED, "plan", "read_at", "expected", "state", "finished_at"])
