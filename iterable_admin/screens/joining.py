"""What belongs together across rooms: by natural keys, newest first, and never more than a page can hold."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from contacts.gateway.models import Callback
from contacts.models import Contact
from contacts.sync.models import SyncRow
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Attempt, Delivery, RefusedRow

# A panel shows the newest; the list behind its link shows all.
PANEL_ROWS = 50


def caused_deliveries(event: Event) -> list[Delivery]:
    rows = Delivery.objects.filter(cause="event", cause_id=str(event.uuid))
    return list(rows.select_related("last_attempt").order_by("-id")[:PANEL_ROWS])


def callbacks_of(event: Event) -> list[Callback]:
    return list(event.callbacks.order_by("-id")[:PANEL_ROWS])


def causing_event(delivery: Delivery) -> Event | None:
    if delivery.cause != "event" or not _is_uuid(delivery.cause_id):
        return None
    return Event.objects.filter(uuid=delivery.cause_id).first()


def causing_row(delivery: Delivery) -> SyncRow | None:
    if delivery.cause != "sync" or not delivery.cause_id.isdecimal():
        return None
    return SyncRow.objects.filter(pk=int(delivery.cause_id)).select_related("run").first()


def caused_by_row(row: SyncRow) -> list[Delivery]:
    return list(_of_row(row).order_by("-id")[:PANEL_ROWS])


def exchanges_of(row: SyncRow) -> list[Delivery]:
    """The same with every refusal, for what was asked and answered."""
    return list(_of_row(row).prefetch_related("refusals__attempt").order_by("-id")[:PANEL_ROWS])


def _of_row(row: SyncRow) -> QuerySet[Delivery]:
    """The deliveries of its own, and the load in which it travelled with others."""
    own = Q(cause="sync", cause_id=str(row.pk))
    load = Q(cause="load", cause_id=str(row.run_id), payload__first__lte=row.pk, payload__last__gte=row.pk)
    return Delivery.objects.filter(own | load).select_related("last_attempt")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def contact_of(address_key: str) -> Contact | None:
    return Contact.objects.filter(address_key=address_key).first()


def refusals_of(delivery: Delivery) -> list[RefusedRow]:
    """Every attempt that did not deliver it; the one that did is its last attempt."""
    return list(delivery.refusals.select_related("attempt").order_by("-id")[:PANEL_ROWS])


def refused_in(attempt: Attempt) -> list[RefusedRow]:
    return list(attempt.refused_rows.select_related("delivery").order_by("-id")[:PANEL_ROWS])
