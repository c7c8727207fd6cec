"""What a run writes: people and where they stand, its own rows and what they enqueue, in one transaction a batch."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils import timezone

from contacts.consent.erasing.marks import erased_for_good
from contacts.models import Contact
from contacts.sync.classifying import Person
from contacts.sync.comparing import Compared, erased_users, keys_of, without
from contacts.sync.counting import COUNTED, counted_lately, recount
from contacts.sync.holding import Pulse, still_mine
from contacts.sync.models import SyncRun, SyncState
from contacts.sync.sending import planned_rows, write_rows
from contacts.sync.staging.difference import Difference, gone_keys
from contacts.sync.staging.stage import Stage
from contacts.sync.storing import store
from iterable_admin.copying import insert_rows, insert_values, upsert_rows
from iterable_admin.statistics import look_up_by_index

KEYS_AT_A_TIME = 10_000
FIRST_STATE = (
    *("definition_id", "address_key", "fingerprint", "accepted", "text_digest", "digest", "wanted", "outcome"),
    *("account_created_at", "entered_at", "gone"),
)
READ_SIDE = ["text_digest", "digest", "wanted", "outcome", "account_created_at", "entered_at", "gone", "gone_at"]


@transaction.atomic
def note_difference(run: SyncRun, difference: Difference) -> None:
    """The run's figures of everybody who is at rest. A run that is taken up again begins its counting anew."""
    mine = still_mine(run)
    mine.expected = difference.read
    mine.read = difference.read - difference.to_do
    mine.unchanged = difference.at_rest.get("", 0)
    mine.rowless = {code: number for code, number in difference.at_rest.items() if code}
    mine.left, mine.vanished, mine.plan = difference.left, difference.vanished, run.plan
    recount(mine)
    mine.save(update_fields=[*COUNTED, "expected", "left", "vanished", "plan"])


def write_batch(run: SyncRun, stage: Stage, compared: Compared) -> None:
    look_up_by_index()
    try:
        _write_batch(run, stage, compared)
    except IntegrityError:
        # Somebody came in by an event at the same moment: now they are known.
        _write_batch(run, stage, compared)


@transaction.atomic
def _write_batch(run: SyncRun, stage: Stage, compared: Compared) -> None:
    erased = erased_for_good(keys_of(compared)) | erased_users(compared.people, compared.refused)
    if erased:
        compared = without(compared, erased)
    if run.definition.keeps_contacts:
        store(compared.people, run)
    keep_states(run, compared)
    write_rows(run, compared)
    _note_met(stage, compared.people)
    mine = still_mine(run)
    mine.heartbeat_at = timezone.now()
    add(mine, compared)
    if not counted_lately(mine):
        recount(mine)
    mine.save(update_fields=[*COUNTED, "heartbeat_at"])


def add(run: SyncRun, compared: Compared) -> None:
    """What has no row of its own; the rest is counted from the rows."""
    run.read += compared.read
    run.unchanged += compared.unchanged
    run.enqueued += len(compared.to_send)
    for code, number in (+compared.rowless).items():
        run.rowless[code] = run.rowless.get(code, 0) + number


def keep_states(run: SyncRun, compared: Compared) -> None:
    ordered = sorted(compared.people, key=lambda person: person.key)
    states = [_state(run, person, compared) for person in ordered if person.key in compared.states]
    upsert_rows(states, ["definition_id", "address_key"], READ_SIDE)
    first = [_first_state(run, person, compared) for person in ordered if person.key not in compared.states]
    insert_values(SyncState, FIRST_STATE, first)
    absent = [changed.profile.key for changed in compared.absent]
    # What Iterable once accepted went with the profile: should the person come back, everything is sent anew.
    SyncState.objects.filter(definition=run.definition_id, address_key__among=absent).update(fingerprint="", accepted={})


def _first_state(run: SyncRun, person: Person, compared: Compared) -> tuple[object, ...]:
    row, started = person.row, run.started_at
    said = (row.text_digest, row.digest, person.profile.fingerprint, compared.outcomes.get(person.key, ""), row.created_at)
    return run.definition_id, person.key, "", {}, *said, started, ""


def _state(run: SyncRun, person: Person, compared: Compared) -> SyncState:
    known = compared.states.get(person.key)
    stayed = known is not None and known.entered_at is not None and not known.gone
    return SyncState(
        definition_id=run.definition_id,
        address_key=person.key,
        text_digest=person.row.text_digest,
        digest=person.row.digest,
        wanted=person.profile.fingerprint,
        outcome=compared.outcomes.get(person.key, ""),
        account_created_at=person.row.created_at,
        entered_at=known.entered_at if known and stayed else run.started_at,
    )


def _note_met(stage: Stage, people: Iterable[Person]) -> None:
    """Whoever was read under a former address is there all the same."""
    moved = [[person.key] for person in people if person.key != person.row.key]
    if moved:
        stage.connection.executemany("INSERT INTO met_elsewhere VALUES (?)", moved)


def mark_gone(run: SyncRun, stage: Stage) -> None:
    """Who left the window, and who vanished from the source though young enough. Their profiles stay as they are."""
    pulse = Pulse(run)
    for kind in SyncState.Gone:
        for keys in gone_keys(stage, kind, KEYS_AT_A_TIME):
            pulse.beat()
            _mark(run, kind, keys)
    _note_gone(run)


@transaction.atomic
def _mark(run: SyncRun, kind: SyncState.Gone, keys: list[str]) -> None:
    still_mine(run)
    states = SyncState.objects.filter(definition=run.definition_id, address_key__in=keys, gone="")
    states.update(gone=kind, gone_at=run.started_at)
    if run.definition.keeps_contacts:
        Contact.objects.filter(address_key__in=keys).update(in_warehouse_at=None)


@transaction.atomic
def _note_gone(run: SyncRun) -> None:
    """Whom it really marked, whichever process did: less than the difference, by those who were met under another address."""
    mine = still_mine(run)
    marked = SyncState.objects.filter(definition=run.definition_id, gone_at=run.started_at)
    mine.left = marked.filter(gone=SyncState.Gone.LEFT).count()
    mine.vanished = marked.filter(gone=SyncState.Gone.VANISHED).count()
    mine.save(update_fields=["left", "vanished"])


def keep_planned(run: SyncRun, batches: Iterable[Compared]) -> None:
    """The whole plan as rows of the run: nobody is stored, and nothing is sent."""
    pulse = Pulse(run)
    for compared in batches:
        pulse.beat()
        _keep_planned(run, compared)


@transaction.atomic
def _keep_planned(run: SyncRun, compared: Compared) -> None:
    insert_rows(planned_rows(run, compared))
    mine = still_mine(run)
    add(mine, compared)
    mine.enqueued -= len(compared.to_send)
    recount(mine)
    mine.save(update_fields=COUNTED)
