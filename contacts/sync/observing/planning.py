"""Write down whom a comparison is about, before anybody is asked for: the people of the newest deliveries that would be sent."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from contacts.consent.erasing.marks import erased_for_good
from contacts.sync.models import ComparedPerson, ObserveComparison
from contacts.sync.observing.starting import COMPARABLE
from iterable_admin.copying import insert_rows
from iterable_admin.outbox.departing import is_allowed
from iterable_admin.outbox.models import Delivery

A_PART = 5_000


def plan(comparison: ObserveComparison) -> None:
    """All or nothing: a worker that is killed here leaves a comparison that is planned anew."""
    with transaction.atomic():
        at, number = timezone.now(), 0
        people = _people(comparison)
        while part := list(islice(people, A_PART)):
            erased = erased_for_good([lane for _, lane in part])
            rows = [_row(comparison, email, lane) for email, lane in part if lane not in erased]
            insert_rows(rows)
            number += len(rows)
        comparison.planned_at, comparison.people = at, number
        comparison.save(update_fields=["planned_at", "people"])


def _people(comparison: ObserveComparison) -> Iterator[tuple[str, str]]:
    rows = Delivery.objects.would_send().filter(operation__in=COMPARABLE, ended_at__gte=comparison.since).exclude(email="")
    newest = rows.order_by().values("email", "lane").annotate(last=Max("id")).order_by("-last")[: comparison.most]
    return ((email, lane) for email, lane in newest.values_list("email", "lane").iterator() if is_allowed(email))


def _row(comparison: ObserveComparison, email: str, lane: str) -> ComparedPerson:
    return ComparedPerson(comparison=comparison, email=email, address_key=lane)
