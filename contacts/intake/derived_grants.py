"""Consent that a form implies. It is recorded as derived, which never lifts a withdrawal."""

from __future__ import annotations

from datetime import UTC, datetime

from contacts.consent.models import SubscriptionChange
from contacts.consent.targets import key_of
from contacts.intake.models import EventType
from iterable_admin.inbox.models import Event

# The version of this rule, kept with every ledger row that it made.
POLICY = "event-type-1"


def derived_grant(event: Event, event_type: EventType) -> SubscriptionChange | None:
    """None unless the caller said opt_in true, outright, and the event type subscribes to something."""
    if event.payload.get("opt_in") is not True or event_type.subscribes_to is None:
        return None
    occurred_at, dated_by = _dated(event)
    return SubscriptionChange(
        address_key=event.lane,
        target=SubscriptionChange.Target.MESSAGE_TYPE,
        target_key=key_of(event_type.subscribes_to),
        target_name=event_type.subscribes_to.name,
        verdict=SubscriptionChange.Verdict.GRANTED,
        basis=SubscriptionChange.Basis.DERIVED,
        occurred_at=occurred_at,
        received_at=event.received_at,
        dated_by=dated_by,
        source=event.source.name,
        cause="event",
        cause_id=str(event.uuid),
        policy=POLICY,
    )


def _dated(event: Event) -> tuple[datetime, str]:
    seconds = event.payload.get("created_at")
    told = datetime.fromtimestamp(seconds, UTC) if seconds else None
    if told is None or told > event.received_at:
        return event.received_at, "receipt"
    return told, "caller"
