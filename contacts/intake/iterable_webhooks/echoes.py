"""Our own calls come back as webhooks, said to come from the API: these are no acts of the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from contacts.consent.models import SubscriptionChange
from contacts.intake.iterable_webhooks.names import SUBSCRIBE, UNSUBSCRIBE
from contacts.intake.iterable_webhooks.targets import Target
from contacts.intake.models import Echo
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.enqueueing import CHANNEL, MESSAGE_TYPE
from iterable_admin.outbox.models import Delivery

# What Iterable writes for this route is not published; a missing word may be ours as well.
OURS = ("api", "listapi", "")
OPERATIONS = {UNSUBSCRIBE: Delivery.Operation.UNSUBSCRIBE, SUBSCRIBE: Delivery.Operation.SUBSCRIBE}
KINDS = {CHANNEL: SubscriptionChange.Target.CHANNEL, MESSAGE_TYPE: SubscriptionChange.Target.MESSAGE_TYPE}
# Iterable applies what it accepted a while later; its times are in whole seconds, by another clock than ours.
BEFORE, AFTER = timedelta(minutes=15), timedelta(seconds=30)

Echoed = Mapping[int, set[Target]]


def find_echoes(told: Sequence[tuple[Event, Sequence[Target]]]) -> Echoed:
    """Which targets of each event, by its key, our own deliveries caused. Events of different people."""
    asked = [(event, targets) for event, targets in told if event.name in OPERATIONS and is_ours(event)]
    if not asked:
        return {}
    by_lane: dict[str, list[Delivery]] = {}
    for row in _deliveries([event for event, _ in asked]):
        by_lane.setdefault(row.lane, []).append(row)
    taken = {echo.delivery_id: echo.event_uuid for echo in _taken(by_lane)}
    found = {event.pk: _matches(event, targets, by_lane.get(event.lane, ()), taken) for event, targets in asked}
    _note((event, row) for event, _ in asked for row in found[event.pk].values())
    return {pk: set(matches) for pk, matches in found.items()}


def is_ours(event: Event) -> bool:
    return str(event.payload.get("source", "")).casefold() in OURS


def moment_of(event: Event) -> datetime:
    return event.occurred_at or event.received_at


def _deliveries(events: Sequence[Event]) -> list[Delivery]:
    """Accepted around then. Or sent without an answer so far: the webhook may be faster than it, or it got lost."""
    moments = [moment_of(event) for event in events]
    accepted = Q(accepted_at__gte=min(moments) - BEFORE, accepted_at__lte=max(moments) + AFTER)
    under_way = Q(open=True, accepted_at=None, attempts__gt=0)
    rows = Delivery.objects.filter(accepted | under_way, lane__in={event.lane for event in events}, payload__has_key="id")
    return list(rows.filter(operation__in=OPERATIONS.values()).order_by("pk"))


def _taken(by_lane: Mapping[str, Sequence[Delivery]]) -> Iterable[Echo]:
    return Echo.objects.filter(delivery_id__in=[row.pk for rows in by_lane.values() for row in rows])


def _matches(
    event: Event, targets: Sequence[Target], rows: Sequence[Delivery], taken: Mapping[int, object]
) -> dict[Target, Delivery]:
    free = [row for row in rows if taken.get(row.pk, event.uuid) == event.uuid and _fits(row, event)]
    found: dict[Target, Delivery] = {}
    for row in free:
        target = Target(KINDS[row.payload["group"]], str(row.payload["id"]))
        if target in targets:
            found.setdefault(target, row)
    return found


def _fits(row: Delivery, event: Event) -> bool:
    at = moment_of(event)
    begun = row.accepted_at or row.created_at
    return row.operation == OPERATIONS[event.name] and at - BEFORE <= begun <= at + AFTER


def _note(pairs: Iterable[tuple[Event, Delivery]]) -> None:
    now = timezone.now()
    rows = [Echo(delivery_id=row.pk, event_uuid=event.uuid, noted_at=now) for event, row in pairs]
    Echo.objects.bulk_create(rows, ignore_conflicts=True)
