"""From the stage to what is to be done, a thousand people at a time. Writes nothing but who has another address by now."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from functools import partial
from itertools import islice

from contacts.models import Contact
from contacts.precedence import fields_that_events_own
from contacts.sync.classifying import Classified, Person, batches, classify
from contacts.sync.comparing import Compared, compare
from contacts.sync.mapping import FieldMap
from contacts.sync.models import SyncRun
from contacts.sync.pipelining import ahead
from contacts.sync.planning import Plan
from contacts.sync.readdressing import follow_addresses
from contacts.sync.staging.difference import Difference, is_read, to_do
from contacts.sync.staging.stage import Stage
from iterable_admin.statistics import look_up_by_index

ROWS_A_READ = 2_000
MOST_SURVEYED = 10_000
"""People of a first load whose values are looked at beforehand: nothing that Iterable has accepted can be damaged by it."""


def examine(run: SyncRun, stage: Stage, fields: FieldMap, before_moves: Callable[[], None] | None = None) -> Generator[Compared]:
    """Whoever is met under a new address is taken there, after `before_moves`; without it nobody is.

    To be closed before the stage is.
    """
    with closing(ahead(classify(batch, fields) for batch in batches(to_do(stage, ROWS_A_READ)))) as read:
        for classified in read:
            # Each time: a connection is renewed once a minute.
            look_up_by_index()
            if before_moves:
                classified = follow_addresses(classified, run, partial(is_read, stage), before_moves)
            yield compare(run, let_events_win(classified, fields))


def let_events_win(batch: Classified, fields: FieldMap) -> Classified:
    """Less the fields that events own, of people of whom an event has told them: values would flip-flop every night."""
    owned = fields_that_events_own() & fields.fields
    if not owned:
        return batch
    told = _told_by_events([person.key for person in batch.people], owned)
    people = [_less(person, told.get(person.key, set())) for person in batch.people]
    return Classified(batch.read, people, batch.refused)


def _told_by_events(keys: list[str], owned: set[str]) -> dict[str, set[str]]:
    profiles = Contact.objects.filter(address_key__among=keys).values_list("address_key", "profile")
    return {key: {name for name in owned if profile.get(name) not in (None, "")} for key, profile in profiles}


def _less(person: Person, names: set[str]) -> Person:
    return Person(person.profile.less(names), person.row, person.namespaces, person.skip) if names else person


def plan_of(run: SyncRun, stage: Stage, fields: FieldMap, difference: Difference) -> Plan:
    """Of everybody to look at; of a big first load, of the first ten thousand."""
    plan = Plan()
    first_load = not (difference.known or run.dry_run or run.executes_id) and difference.to_do > MOST_SURVEYED
    with closing(examine(run, stage, fields)) as looked_at:
        for compared in islice(looked_at, MOST_SURVEYED // 1_000) if first_load else looked_at:
            plan.take_in(compared)
    return plan
