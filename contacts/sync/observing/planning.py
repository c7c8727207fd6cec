"""Write down whom a comparison is about, before anybody is asked for: the people of the newest deliveries that would be sent."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from contacts.consent.erasing.marks import erased_for_good
from contacts.sync.models import ComparedPerson, ObserveComparison
from contacts.sync.observing.starting import COMPARABLE, SAMPLE
from iterable_admin.copying import insert_rows
from iterable_admin.outbox.departing import is_allowed
from iterable_admin.outbox.models import Delivery

A_PART = 5_000


def plan(comparison: ObserveComparison) -> None:
    """All or nothing: a worker that is killed here leaves a comparison that is planned anew."""
    with transaction.atomic():
        at, number, sampled = timezone.now(), 0, 0
        people = _people(comparison)
        while part := list(islice(people, A_PART)):
            erased = erased_for_good([row.address_key for row in part])
            rows = [row for row in part if row.address_key not in erased]
            sampled += _sample(rows, SAMPLE - sampled)
            insert_rows(rows)
            number += len(rows)
        comparison.planned_at, comparison.people, comparison.sampled = at, number, sampled
        comparison.save(update_fields=["planned_at", "people", "sampled"])


def _sample(rows: list[ComparedPerson], most: int) -> int:
    """Leave the events of the first `most` of those who have some; returns how many these are."""
    with_events = [row for row in rows if row.events]
    for row in with_events[most:]:
        row.events = ""
    return min(len(with_events), most)


def _people(comparison: ObserveComparison) -> Iterator[ComparedPerson]:
    rows = Delivery.objects.would_send().filter(operation__in=COMPARABLE, ended_at__gte=comparison.since).exclude(email="")
    tracked = Max("id", filter=Q(operation=Delivery.Operation.TRACK))
    newest = (
        rows.order_by().values("email", "lane").annotate(last=Max("id"), tracked=tracked).order_by("-last")[: comparison.most]
    )
    for email, lane, _, event in newest.values_list("email", "lane", "last", "tracked").iterator():
        if is_allowed(email):
            events = ComparedPerson.Events.WAITING if event else ""
            yield ComparedPerson(comparison=comparison, email=email, address_key=lane, events=events)
