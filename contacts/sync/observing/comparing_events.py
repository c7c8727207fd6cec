"""Each person's events in Iterable, beside those that we would have sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from contacts.sync.models import ComparedEvent, ComparedPerson, ObserveComparison
from contacts.sync.observing.happening import events_there, known_events, our_names, wanted_events
from contacts.sync.observing.matching import Happening, Period, Told, match
from contacts.sync.observing.steps import Step, still_there
from iterable_admin.outbox.event_reading import EventsRead, read_events

State, Verdict = ComparedPerson.Events, ComparedEvent.Verdict
# After their profile: one person is asked about one thing at a time.
WAITING = {"events": State.WAITING}


@dataclass(frozen=True, slots=True)
class Judged:
    person: ComparedPerson
    told: list[Told]


def settle(held: ObserveComparison, people: Sequence[ComparedPerson], reads: Sequence[EventsRead]) -> None:
    found = _judge(held, still_there(held, people, WAITING), reads)
    ComparedEvent.objects.bulk_create([row for judged in found for row in _one_sided(held, judged)])
    ComparedPerson.objects.filter(pk__in=[judged.person.pk for judged in found]).update(events=State.READ)
    _add(held, found)


EVENTS = Step(WAITING, read_events, settle, {"events": State.UNREAD}, "events_unread")


def _judge(held: ObserveComparison, people: Mapping[str, ComparedPerson], reads: Sequence[EventsRead]) -> list[Judged]:
    told = [read for read in reads if read.email in people]
    emails, until = [read.email for read in told], held.planned_at or timezone.now()
    wanted, known = wanted_events(emails, held.since, until), known_events(emails, held.since)
    names, none = our_names(wanted), list[Happening]()
    found = []
    for read in told:
        theirs, period = events_there(read.events, names), Period(held.since, until, read.told_since)
        verdicts = match(wanted.get(read.email, none), theirs, known.get(read.email, none), period)
        found.append(Judged(people[read.email], list(verdicts)))
    return found


def _one_sided(held: ObserveComparison, judged: Judged) -> list[ComparedEvent]:
    return [
        ComparedEvent(
            comparison=held,
            person=judged.person,
            name=event.name[:255],
            verdict=verdict,
            happened_at=event.at,
            delivery_id=event.delivery,
        )
        for event, verdict in judged.told
        if verdict != Verdict.THERE
    ]


def _add(held: ObserveComparison, found: Sequence[Judged]) -> None:
    for event, verdict in (told for judged in found for told in judged.told):
        counts = held.events.setdefault(event.name[:255], dict.fromkeys(Verdict.values, 0))
        counts[verdict.value] += 1
    held.events_read += len(found)
    held.save(update_fields=["events", "events_read"])
