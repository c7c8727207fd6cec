"""The first-hour number: who withdrew and is still mailable. Every profile, against what the ledger says of its address."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from contacts.consent.models import (
    AddressReport,
    Erasure,
    List,
    ListMembership,
    MessageType,
    ObservedProfile,
    SubscriptionChange,
    SubscriptionState,
)
from contacts.consent.observing import observe
from contacts.consent.resolver.person import verdicts_of
from contacts.consent.resolver.records import Record
from contacts.consent.sightings import Sighting
from contacts.intake.importing.iterable_export import IterableExport
from contacts.intake.importing.lines import Bad, Line
from contacts.intake.importing.statements import Refused

AT_ONCE = 1_000
WITHDRAWN = ("UPSTREAM_WITHDRAWN", "WITHDREW")
STANDS = Q(withdrawn_at__isnull=False) & (Q(granted_at=None) | Q(granted_at__lte=F("withdrawn_at")))


@dataclass(frozen=True, slots=True)
class ExposedPerson:
    """`types`: the names of what Iterable would send them; `withdrawn_by`: the ledger row."""

    email: str
    types: tuple[str, ...]
    withdrawn_at: datetime | None
    withdrawn_by: int | None


@dataclass(slots=True)
class Audit:
    """`on_person` is told each person; only those who withdrew are remembered, by key."""

    on_person: Callable[[ExposedPerson], None] = lambda _person: None
    on_bad: Callable[[Bad], None] = lambda _bad: None
    keep: bool = False
    types: list[MessageType] = field(default_factory=lambda: list(MessageType.objects.select_related("channel")))
    profiles: int = 0
    nameless: int = 0
    people: int = 0
    by_type: dict[str, int] = field(default_factory=dict)
    withdrawn_seen: set[bytes] = field(default_factory=set)

    @property
    def withdrawn(self) -> int:
        """Addresses of the ledger with a withdrawal that stands."""
        return SubscriptionState.objects.filter(STANDS).values("address_key").distinct().count()

    @property
    def not_in_iterable(self) -> int:
        return self.withdrawn - len(self.withdrawn_seen)


def audit(lines: Iterable[Line | Bad], work: Audit) -> Audit:
    work.by_type = dict.fromkeys((message_type.name for message_type in work.types), 0)
    seen = _profiles(lines, work)
    while batch := dict(islice(seen, AT_ONCE)):
        _look_at(batch, work)
    return work


Profile = tuple[str, Sighting]


def _profiles(lines: Iterable[Line | Bad], work: Audit) -> Iterator[tuple[str, Profile]]:
    read, now = IterableExport(), timezone.now()
    for line in lines:
        work.profiles += 1
        bad = line if isinstance(line, Bad) else None
        if isinstance(line, Line):
            try:
                statement = read(line.fields, now)
            except Refused as refused:
                bad = Bad(line.number, line.name_of(refused.field), refused.mend)
            else:
                if statement.sighting:
                    yield statement.key, (statement.email, statement.sighting)
        if bad:
            work.nameless += 1
            work.on_bad(bad)


def _look_at(batch: dict[str, Profile], work: Audit) -> None:
    if work.keep:
        observe([sighting for _, sighting in batch.values()])
    withdrawn = SubscriptionState.objects.filter(STANDS, address_key__in=batch).values_list("address_key", flat=True)
    keys = sorted(set(withdrawn))
    work.withdrawn_seen |= {bytes.fromhex(key) for key in keys}
    for key, record in _records(keys, {key: batch[key][1] for key in keys}):
        _judge(batch[key][0], record, work)


def _judge(email: str, record: Record, work: Audit) -> None:
    found = [verdicts for verdicts in verdicts_of(record, work.types) if verdicts.will.allowed]
    reasons = [(verdicts, reason) for verdicts in found for reason in verdicts.should.reasons if reason.code in WITHDRAWN]
    if not reasons:
        return
    names = tuple(dict.fromkeys(verdicts.message_type.name for verdicts, _ in reasons))
    work.people += 1
    for name in names:
        work.by_type[name] += 1
    work.on_person(ExposedPerson(email, names, reasons[0][1].since, reasons[0][1].cause_id))


def _records(keys: Sequence[str], sightings: dict[str, Sighting]) -> Iterator[tuple[str, Record]]:
    """As the resolver reads one person, with the profile of the export for what was seen."""
    states, erasures = (
        _by_key(SubscriptionState.objects.filter(address_key__in=keys)),
        _by_key(Erasure.objects.filter(address_key__in=keys)),
    )
    reports = _by_key(AddressReport.objects.filter(address_key__in=keys).order_by("-pk"))
    suppressing = {row.iterable_id: row for row in List.objects.filter(global_suppression=True)}
    members = _by_key(ListMembership.objects.filter(address_key__in=keys, list__global_suppression=True).select_related("list"))
    for key in keys:
        sight = _sight(sightings[key])
        lists = {row.list.iterable_id: row.list for row in members.get(key, [])}
        lists |= {number: suppressing[number] for number in sight.list_ids if number in suppressing}
        erasure = next(iter(erasures.get(key, [])), None)
        yield key, Record(key, None, states.get(key, []), sight, erasure, reports.get(key, []), lists)


def _sight(sighting: Sighting) -> ObservedProfile:
    return ObservedProfile(
        address_key=sighting.address_key,
        present=True,
        list_ids=list(sighting.list_ids or ()),
        unsubscribed_channel_ids=list(sighting.unsubscribed_channel_ids or ()),
        unsubscribed_message_type_ids=list(sighting.unsubscribed_message_type_ids or ()),
        subscribed_message_type_ids=list(sighting.subscribed_message_type_ids or ()),
        observed_at=sighting.observed_at,
        confirmed_at=sighting.observed_at,
    )


def _by_key(rows: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.address_key, []).append(row)
    return found


def sources_of(rows: Collection[int]) -> dict[int, str]:
    """Where these withdrawals came from, by ledger row."""
    return dict(SubscriptionChange.objects.filter(pk__in=rows).values_list("pk", "source"))
