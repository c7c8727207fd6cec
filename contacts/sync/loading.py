"""Loads of the sync: rows of people of whom nothing else is under way leave by the thousand, without a delivery for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from contacts.sync.comparing import Changed
from contacts.sync.mapping import Fields
from contacts.sync.models import SyncDefinition, SyncRow, SyncRun
from iterable_admin.copying import insert_keyed
from iterable_admin.outbox.enqueueing import Cause, profile_update
from iterable_admin.outbox.loads import enqueue_load, is_aboard, loads_under_way
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Hold, Skip

CAUSE = "load"
SMALLEST = 200
"""People: of fewer, each has a delivery that can be looked up by their address."""
LARGEST_BYTES = 3_000_000
"""Of what is told of them; a call takes 4 MB (facts of the API), and what goes with a row is not counted here."""
AGAIN = timedelta(seconds=5)
COLUMNS = (
    *("run_id", "address_key", "email", "state", "kind", "reason_code", "reason", "clash", "fingerprint", "before_fingerprint"),
    *("changed_fields", "before", "after", "dismissed_by", "dismissal", "updated_at"),
)


def fit_for_a_load(definition: SyncDefinition, changes: Sequence[Changed]) -> set[str]:
    """The address keys of those who may travel in a load; nobody, if they are few."""
    if definition.target != SyncDefinition.Target.PROFILE:
        return set()
    creates = definition.mode == SyncDefinition.Mode.UPSERT
    plain = {
        changed.profile.key
        for changed in changes
        if changed.before is None and not changed.withdrawn and (creates or changed.present)
    }
    if len(plain) < SMALLEST:
        return set()
    open_rows = Delivery.objects.open()
    busy = set(open_rows.filter(lane__among=plain).values_list("lane", flat=True))
    return plain - busy - set(open_rows.filter(joined_lane__among=plain).values_list("joined_lane", flat=True))


def write_load(run: SyncRun, changes: Sequence[Changed]) -> None:
    """The rows, and one delivery for as many of them as fit into a call."""
    creates = run.definition.mode == SyncDefinition.Mode.UPSERT
    for part in _calls(changes):
        now = timezone.now()
        keys = insert_keyed(SyncRow, COLUMNS, [_values(run, changed, now) for changed in part])
        enqueue_load(CAUSE, str(run.pk), {"first": keys[0], "last": keys[-1]}, creates=creates)


def _calls(changes: Sequence[Changed]) -> Iterator[list[Changed]]:
    part: list[Changed] = []
    size = 0
    for changed in changes:
        if part and size + changed.profile.size > LARGEST_BYTES:
            yield part
            part, size = [], 0
        part.append(changed)
        size += changed.profile.size
    if part:
        yield part


def _values(run: SyncRun, changed: Changed, now: datetime) -> tuple[object, ...]:
    profile = changed.profile
    return (
        *(
            run.pk,
            profile.key,
            profile.email,
            SyncRow.State.ENQUEUED.value,
            changed.kind.value,
            "",
            "",
            "",
            profile.fingerprint,
            "",
        ),
        *(changed.words, None, profile.fields, "", "", now),
    )


def passengers(load: Delivery) -> list[Delivery]:
    """The deliveries that the rows of a load would have had."""
    waiting = list(aboard(load).exclude(email="").values_list("pk", "address_key", "email", "after"))
    on_their_own = Delivery.objects.filter(cause="sync", cause_id__among=[str(pk) for pk, *_ in waiting])
    gone = {int(cause_id) for cause_id in on_their_own.values_list("cause_id", flat=True)}
    one = profile_update("", {}, Cause("sync", ""), creates=load.creates)
    return [_passenger(one, *row) for row in waiting if row[0] not in gone]


def _passenger(one: Delivery, row_id: int, key: str, email: str, after: Fields | None) -> Delivery:
    # A copy takes a third of the time of another object of this many fields.
    row = copy(one)
    row.cause_id, row.lane, row.email, row.payload = str(row_id), key, email, {"dataFields": after or {}}
    return row


def aboard(load: Delivery) -> QuerySet[SyncRow]:
    """Also those who got a delivery of their own since."""
    between = (load.payload["first"], load.payload["last"])
    return SyncRow.objects.filter(run=int(load.cause_id), pk__range=between, state=SyncRow.State.ENQUEUED)


def wait_for_loads(deliveries: Sequence[Delivery]) -> Mapping[int, Hold | Skip]:
    """A gate: what came later about somebody in a load leaves after it. Withdrawals wait for nothing."""
    loads = loads_under_way(CAUSE)
    if not loads:
        return {}
    # In one run nobody travels twice, so that whoever is aboard waits for no other load of it.
    alone = len({load.cause_id for load in loads}) == 1
    later = [row for row in deliveries if not (row.withdrawal or (alone and is_aboard(row)))]
    carried = _carried(loads, {lane for row in later for lane in (row.lane, row.joined_lane) if lane})
    return {row.pk: _behind(load) for row in later if (load := _load_before(row, carried))}


def _behind(load: int) -> Hold:
    return Hold("load", f"Waits for load {load} of the sync, in which this person travels.", AGAIN)


Carried = Mapping[str, Sequence[tuple[int, int]]]
"""By address key, rows with their loads, the oldest first."""


def _carried(loads: Sequence[Delivery], lanes: Collection[str]) -> Carried:
    rows = SyncRow.objects.filter(address_key__among=lanes, state=SyncRow.State.ENQUEUED)
    rows = rows.filter(run__in={int(load.cause_id) for load in loads}).order_by("pk")
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for pk, key in rows.values_list("pk", "address_key"):
        found[key] += [(pk, load.pk) for load in loads if _carries(load, pk)]
    return found


def _load_before(delivery: Delivery, carried: Carried) -> int | None:
    """The first load whose row of the person is older: what a row of the sync wants goes behind older rows, not behind itself."""
    own = int(delivery.cause_id) if delivery.cause == "sync" else None
    waiting = [*carried.get(delivery.lane, ()), *carried.get(delivery.joined_lane, ())]
    return next((load for row_id, load in waiting if own is None or row_id < own), None)


def _carries(load: Delivery, row_id: int) -> bool:
    return bool(load.payload["first"] <= row_id <= load.payload["last"])
