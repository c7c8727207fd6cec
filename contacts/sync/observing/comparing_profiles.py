"""Each person's profile in Iterable, beside what we would have sent: field by field, subscription by subscription."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from contacts.consent.looking import sighting_of
from contacts.consent.observing import observe
from contacts.sync.models import ComparedPerson, DifferingField, ObserveComparison
from contacts.sync.observing.steps import Step, still_there
from contacts.sync.observing.wanting import pairs_of, policies, same, wanted_of
from iterable_admin.outbox.profile_reading import Read, read_profiles

Verdict = ComparedPerson.Verdict
WAITING = {"verdict": Verdict.WAITING}


@dataclass(frozen=True, slots=True)
class Judged:
    """One person and what Iterable said of them: of each field both values, and whether they agree."""

    person: ComparedPerson
    read: Read
    pairs: list[tuple[str, Any, Any, bool]]

    @property
    def verdict(self) -> ComparedPerson.Verdict:
        if self.read.user is None:
            return Verdict.ABSENT
        return Verdict.AGREE if all(agrees for *_, agrees in self.pairs) else Verdict.DIFFER


def settle(held: ObserveComparison, people: Sequence[ComparedPerson], reads: Sequence[Read]) -> None:
    found = _judge(held, still_there(held, people, WAITING), reads)
    DifferingField.objects.bulk_create(_differing(held, found))
    ComparedPerson.objects.bulk_update([judged.person for judged in found], ["verdict", "asked_at", "tries"])
    observe([sighting_of(judged.person.address_key, judged.read.user, judged.read.asked_at) for judged in found])
    _add(held, found)


PROFILES = Step(WAITING, read_profiles, settle, {"verdict": Verdict.UNREAD}, "unread")


def _judge(held: ObserveComparison, people: Mapping[str, ComparedPerson], reads: Sequence[Read]) -> list[Judged]:
    told = [read for read in reads if read.email in people]
    wanted = wanted_of([read.email for read in told], held.since, held.planned_at or timezone.now())
    known = policies()
    pairs = {read.email: pairs_of(wanted[read.email], read.user, known) if read.user else [] for read in told}
    found = [Judged(people[read.email], read, [(*pair, same(pair[1], pair[2])) for pair in pairs[read.email]]) for read in told]
    for judged in found:
        judged.person.verdict, judged.person.asked_at, judged.person.tries = judged.verdict, judged.read.asked_at, 0
    return found


def _differing(held: ObserveComparison, found: Sequence[Judged]) -> list[DifferingField]:
    return [
        DifferingField(comparison=held, person=judged.person, field=name[:255], ours=ours, theirs=theirs)
        for judged in found
        for name, ours, theirs, agrees in judged.pairs
        if not agrees
    ]


def _add(held: ObserveComparison, found: Sequence[Judged]) -> None:
    verdicts = Counter(judged.verdict.value for judged in found)
    for verdict, number in verdicts.items():
        setattr(held, verdict, getattr(held, verdict) + number)
    for name, _, _, agrees in (pair for judged in found for pair in judged.pairs):
        counts = held.fields.setdefault(name[:255], {"agree": 0, "differ": 0})
        counts["agree" if agrees else "differ"] += 1
    held.save(update_fields=[*verdicts, "fields"])
