"""Read files into the ledger and into what was seen of profiles: a thousand lines at a time, each line once for ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.db import transaction

from contacts.consent.models import SubscriptionChange
from contacts.consent.observing import observe
from contacts.consent.recording import lock_addresses, record
from contacts.intake.importing.exposed import Exposed
from contacts.intake.importing.lines import Bad, Line, Told, read_lines
from contacts.intake.importing.statements import CAUSE, POLICY, Reader, Refused, Said, Statement
from iterable_admin.addresses import mask_email

AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class File:
    path: Path
    form: str
    reader: Reader
    source: str


@dataclass(slots=True)
class Import:
    """One import under way, and its figures. A dry run counts the same and writes nothing."""

    received_at: datetime
    dry_run: bool
    on_bad: Callable[[Bad], None]
    exposed: Exposed
    lines: int = 0
    bad: int = 0
    odd: int = 0
    silent: int = 0
    profiles: int = 0
    added: Counter[str] = field(default_factory=Counter)
    known: int = 0
    # Of a dry run, whose rows are not there to be found.
    seen: set[str] = field(default_factory=set)


Row = tuple[int, Statement]


def import_file(file: File, work: Import, told: Told) -> None:
    rows = _statements(file, work, told)
    while batch := list(islice(rows, AT_ONCE)):
        _take(file, work, batch)


def _statements(file: File, work: Import, told: Told) -> Iterator[Row]:
    for line in read_lines(file.path, told):
        work.lines += 1
        if isinstance(line, Bad):
            work.bad += 1
            work.on_bad(line)
        elif (statement := _read(file, work, line)) is not None:
            yield line.number, statement


def _read(file: File, work: Import, line: Line) -> Statement | None:
    try:
        statement = file.reader(line.fields, work.received_at)
    except Refused as refused:
        work.bad += 1
        work.on_bad(Bad(line.number, line.name_of(refused.field), refused.mend, _masked(line)))
        return None
    if statement is None:
        work.silent += 1
        return None
    for name, words in statement.flags:
        work.odd += 1
        work.on_bad(Bad(line.number, name, f"{words}. The line was imported.", mask_email(statement.email)))
    return statement


def _masked(line: Line) -> str:
    told = str(line.fields.get("email") or "")
    return mask_email(told) if "@" in told else ""


def _take(file: File, work: Import, batch: Sequence[Row]) -> None:
    """In one transaction, under the lock of its addresses: two imports of one file add its rows once."""
    emails = {statement.key: statement.email for _, statement in batch}
    with transaction.atomic():
        if not work.dry_run:
            lock_addresses(emails)
        changes = list(_changes(file, work, batch))
        news = _news(work, changes, set(emails))
        if not work.dry_run:
            record(news)
            observe([statement.sighting for _, statement in batch if statement.sighting])
        work.added.update(str(row.verdict) for row in news)
        work.known += len(changes) - len(news)
        work.profiles += sum(statement.sighting is not None for _, statement in batch)
        work.exposed.look_at(emails, [row for _, row in changes], [row.sighting for _, row in batch if row.sighting])


Keyed = tuple[str, SubscriptionChange]


def _changes(file: File, work: Import, batch: Sequence[Row]) -> Iterator[Keyed]:
    for number, statement in batch:
        key = statement.key
        for said in statement.said:
            content = said.content_hash(file.form, key)
            yield f"{key}:{content}", _ledger_row(said, key, f"{content}:{number}", file.source, work.received_at)


def _ledger_row(said: Said, key: str, cause_id: str, source: str, received_at: datetime) -> SubscriptionChange:
    return SubscriptionChange(
        address_key=key,
        target=said.target,
        target_key=said.target_key,
        target_name=said.target_name,
        verdict=said.verdict,
        basis=said.basis,
        occurred_at=said.occurred_at,
        received_at=received_at,
        dated_by=said.dated_by,
        source=said.source or source,
        cause=CAUSE,
        cause_id=cause_id,
        actor=said.actor,
        policy=POLICY,
    )


def _news(work: Import, changes: Sequence[Keyed], keys: set[str]) -> list[SubscriptionChange]:
    """What no line with the same content has brought before, from whichever file and place."""
    kept = (
        SubscriptionChange.objects.filter(address_key__among=keys, cause=CAUSE).order_by().values_list("address_key", "cause_id")
    )
    seen = {f"{key}:{cause_id.partition(':')[0]}" for key, cause_id in kept}
    before = work.seen if work.dry_run else set[str]()
    news = {content: row for content, row in reversed(changes) if content not in seen and content not in before}
    before |= news.keys()
    # Reversed twice: of equal lines the first one is kept, and their order.
    return list(reversed(news.values()))
