"""What came back from an address: bounces, complaints, and addresses that the mail provider suppresses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from contacts.consent.models import AddressReport
from contacts.intake.iterable_webhooks.names import BOUNCE, COMPLAINT, SEND_SKIP, UNSUBSCRIBE, plain
from iterable_admin.inbox.models import Event

Kind = AddressReport.Kind
# A bounce comes twice: as itself, and as the unsubscribe that Iterable makes of it.
TOGETHER = timedelta(minutes=5)


def kind_of(event: Event) -> Kind | None:
    state, source = plain(event.payload.get("recipient_state", "")), plain(event.payload.get("source", ""))
    if event.name == COMPLAINT or (event.name == UNSUBSCRIBE and source == "complaint"):
        return Kind.COMPLAINT
    if event.name == UNSUBSCRIBE and source == "hardbounce":
        return Kind.HARD_BOUNCE
    if event.name == SEND_SKIP and plain(event.payload.get("reason", "")) == "suppressedbymessageservice":
        return Kind.SUPPRESSED
    if event.name != BOUNCE:
        return None
    if state == "complaint":
        return Kind.COMPLAINT
    return Kind.HARD_BOUNCE if "hard" in state else Kind.SOFT_BOUNCE


def is_complaint(event: Event) -> bool:
    """In each of the three forms: by its own name, as a bounce, and as the unsubscribe that Iterable makes of it."""
    return kind_of(event) == Kind.COMPLAINT


def report(events: Sequence[Event]) -> None:
    """Under the lock of their addresses."""
    news = [row for event in events if (row := _report(event))]
    known = _known({row.address_key for row in news}) if news else []
    rows = [row for row in news if not any(_same(row, key, kind, at) for key, kind, at in known)]
    AddressReport.objects.bulk_create(rows, ignore_conflicts=True)


def _report(event: Event) -> AddressReport | None:
    kind = kind_of(event)
    if kind is None:
        return None
    return AddressReport(
        address_key=event.lane,
        kind=kind,
        occurred_at=event.occurred_at or event.received_at,
        received_at=event.received_at,
        campaign_id=event.payload.get("campaign_id"),
        message_type_id=event.payload.get("message_type_id"),
        cause="event",
        cause_id=str(event.uuid),
    )


def _known(keys: Collection[str]) -> list[tuple[str, str, datetime]]:
    return list(AddressReport.objects.filter(address_key__in=keys).values_list("address_key", "kind", "occurred_at"))


def _same(row: AddressReport, key: str, kind: str, at: datetime) -> bool:
    return (row.address_key, row.kind) == (key, kind) and abs(row.occurred_at - at) <= TOGETHER
