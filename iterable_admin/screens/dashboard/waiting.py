"""What waits to be sent, and the withdrawals among it: from their receipt until Iterable has applied them."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Min, Q, Subquery

from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Delivery
from iterable_admin.screens.dashboard.counting import count_capped, in_words, list_url


def waiting() -> dict[str, Any]:
    count = count_capped(Delivery.objects.open())
    return {
        "count": count,
        "words": in_words(count),
        "oldest": _oldest_waiting(),
        "url": list_url("outbox_delivery", attention="open"),
    }


def _oldest_waiting() -> Any:
    """The first of each operation by the index of what is open: a minimum over a million rows would read all of them."""
    kinds = [(operation, withdrawal) for operation in Delivery.Operation.values for withdrawal in (True, False)]
    rows = [Delivery.objects.open().filter(operation=operation, withdrawal=withdrawal) for operation, withdrawal in kinds]
    firsts: Any = [Subquery(found.order_by("id").values("id")[:1]) for found in rows]
    return Delivery.objects.filter(pk__in=firsts).aggregate(oldest=Min("created_at"))["oldest"]


def withdrawals_not_applied() -> dict[str, Any]:
    """Of how many people: each is opted out by several deliveries, and gets nothing while one of them stands here."""
    # Named with every operation, because the index of what is open begins with it.
    under_way = Q(open=True, operation__in=Delivery.Operation.values, withdrawal=True)
    unsent = Delivery.objects.filter(under_way | Q(stuck=True)).aggregate(
        count=Count("lane", distinct=True), oldest=Min("created_at")
    )
    unprocessed = Q(open=True, withdrawal=True) | Q(state=Event.State.NEEDS_YOU, withdrawal=True)
    unread = Event.objects.filter(unprocessed).aggregate(count=Count("lane", distinct=True), oldest=Min("received_at"))
    return {
        "count": unsent["count"] + unread["count"],
        "oldest": min((found["oldest"] for found in (unsent, unread) if found["oldest"]), default=None),
        "deliveries_url": list_url("outbox_delivery", attention="withdrawals"),
        "events_url": list_url("inbox_event", withdrawal__exact="1", attention="open"),
    }
