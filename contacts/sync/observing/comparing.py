"""Carry comparisons out, some people at a time, within the limits that everybody shares. Nothing in Iterable is changed."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from contacts.consent.erasing.marks import erased_for_good
from contacts.consent.looking import sighting_of
from contacts.consent.observing import observe
from contacts.sync.models import ComparedPerson, DifferingField, ObserveComparison
from contacts.sync.observing.planning import plan
from contacts.sync.observing.starting import queue_comparison
from contacts.sync.observing.wanting import pairs_of, policies, same, wanted_of
from iterable_admin.errors import Misconfigured
from iterable_admin.outbox.profile_reading import Read, may_read, read_profiles

State, Verdict = ObserveComparison.State, ComparedPerson.Verdict
# Django-Q ends a task after 55 s: the rest is for the next one.
SECONDS = 20
LEASE = timedelta(minutes=2)
A_PART, MOST_TRIES = 400, 5
TOO_LONG = timedelta(hours=24)
CANNOT_READ = "Sending is halted or paused, and nothing is read meanwhile; it goes on by itself once that is lifted."
NO_ANSWER = "Iterable did not answer; it is asked again within a minute."
GAVE_UP = "It was not through after a day. The technical owner looks at the API budget and the switch, then compares again."


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


def compare_on(seconds: float = SECONDS) -> int:
    """The task, and the sweep. Returns how many people were settled."""
    comparison, end, settled = take(), time.monotonic() + seconds, 0
    while comparison and (left := end - time.monotonic()) > 0:
        some = _some(comparison, left)
        if some is None:
            break
        settled += some
    if comparison:
        _give_back(comparison)
    if comparison and settled and ObserveComparison.objects.filter(pk=comparison.pk, state=State.RUNNING).exists():
        queue_comparison()
    return settled


@transaction.atomic
def take() -> ObserveComparison | None:
    now = timezone.now()
    free = ObserveComparison.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), state__in=ObserveComparison.OPEN)
    comparison = free.order_by("id").select_for_update(skip_locked=True).first()
    if comparison is None:
        return None
    if comparison.created_at < now - TOO_LONG:
        _end(comparison, State.STOPPED, GAVE_UP)
        return None
    comparison.state, comparison.lease_owner, comparison.lease_until = State.RUNNING, uuid.uuid4(), now + LEASE
    comparison.save(update_fields=["state", "lease_owner", "lease_until"])
    return comparison


def _give_back(comparison: ObserveComparison) -> None:
    ours = ObserveComparison.objects.filter(pk=comparison.pk, lease_owner=comparison.lease_owner)
    ours.update(lease_owner=None, lease_until=None)


def _some(comparison: ObserveComparison, seconds: float) -> int | None:
    """None: through, or not to be gone on with now."""
    if comparison.planned_at is None:
        plan(comparison)
    people = list(comparison.persons.filter(verdict=Verdict.WAITING).order_by("tries", "id")[:A_PART])
    if not people:
        _end(comparison, State.COMPLETED)
        return None
    if not may_read():
        _note(comparison, CANNOT_READ)
        return None
    return _ask(comparison, people, seconds)


def _ask(comparison: ObserveComparison, people: Sequence[ComparedPerson], seconds: float) -> int | None:
    answered, end = 0, time.monotonic() + seconds
    try:
        for reads in read_profiles([person.email for person in people], seconds):
            if not settle(comparison, people, reads):
                return None
            answered += len(reads)
    except Misconfigured as error:
        _note(comparison, f"{error} The technical owner mends it, now.")
        return None
    if time.monotonic() < end and answered < len(people):
        return _not_answered(comparison, people, answered)
    return answered


@transaction.atomic
def settle(comparison: ObserveComparison, people: Sequence[ComparedPerson], reads: Sequence[Read]) -> bool:
    """False: another worker has taken it meanwhile."""
    ours = ObserveComparison.objects.filter(pk=comparison.pk, lease_owner=comparison.lease_owner, state=State.RUNNING)
    held = ours.select_for_update().first()
    if held is None:
        return False
    found = _judge(held, _still_there(held, people), reads)
    DifferingField.objects.bulk_create(_differing(held, found))
    ComparedPerson.objects.bulk_update([judged.person for judged in found], ["verdict", "asked_at"])
    observe([sighting_of(judged.person.address_key, judged.read.user, judged.read.asked_at) for judged in found])
    _add(held, found)
    return True


def _still_there(held: ObserveComparison, people: Sequence[ComparedPerson]) -> dict[str, ComparedPerson]:
    """By address: whoever was erased meanwhile is not written about, and nobody is erased until this is committed."""
    erased = erased_for_good([person.address_key for person in people])
    waiting = held.persons.filter(pk__in=[person.pk for person in people], verdict=Verdict.WAITING)
    return {person.email: person for person in waiting if person.email and person.address_key not in erased}


def _judge(held: ObserveComparison, people: Mapping[str, ComparedPerson], reads: Sequence[Read]) -> list[Judged]:
    told = [read for read in reads if read.email in people]
    wanted = wanted_of([read.email for read in told], held.since, held.planned_at or timezone.now())
    known = policies()
    pairs = {read.email: pairs_of(wanted[read.email], read.user, known) if read.user else [] for read in told}
    found = [Judged(people[read.email], read, [(*pair, same(pair[1], pair[2])) for pair in pairs[read.email]]) for read in told]
    for judged in found:
        judged.person.verdict, judged.person.asked_at = judged.verdict, judged.read.asked_at
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
    held.error, held.lease_until = "", timezone.now() + LEASE
    held.save(update_fields=[*verdicts, "fields", "error", "lease_until"])


@transaction.atomic
def _not_answered(comparison: ObserveComparison, people: Sequence[ComparedPerson], answered: int) -> int | None:
    """Asked again after the others, and at last told as not answered."""
    left = comparison.persons.filter(pk__in=[person.pk for person in people], verdict=Verdict.WAITING)
    left.update(tries=F("tries") + 1)
    given_up = left.filter(tries__gte=MOST_TRIES).update(verdict=Verdict.UNREAD)
    error = "" if answered else NO_ANSWER
    ObserveComparison.objects.filter(pk=comparison.pk).update(unread=F("unread") + given_up, error=error)
    return answered + given_up or None


def _note(comparison: ObserveComparison, why: str) -> None:
    ObserveComparison.objects.filter(pk=comparison.pk).update(error=why)


def _end(comparison: ObserveComparison, state: ObserveComparison.State, error: str = "") -> None:
    comparison.state, comparison.error, comparison.finished_at = state, error, timezone.now()
    comparison.save(update_fields=["state", "error", "finished_at"])
