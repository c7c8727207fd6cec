"""The deliveries that an event causes, in the order in which they leave."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from contacts.consent.applying import TargetIds, opt_outs, target_ids
from contacts.intake.work import Work
from iterable_admin.outbox.enqueueing import MESSAGE_TYPE, Cause, profile_update, subscription, tracked_event
from iterable_admin.outbox.models import Delivery


def steps_to_iterable(work: Sequence[Work], withdrawn: Collection[str]) -> list[Delivery]:
    """`withdrawn` are the address keys with a live withdrawal."""
    going = [item for item in work if item.event_type.forward]
    ids = target_ids() if any(item.lane in withdrawn for item in going) else None
    return [step for item in going for step in _steps(item, item.lane in withdrawn, ids)]


def _steps(item: Work, withdrawn: bool, ids: TargetIds | None) -> list[Delivery]:
    event = item.event
    cause = Cause("event", str(event.uuid), event.request_id)
    # Somebody who withdrew and whom Iterable does not have is created by the opt-out itself: never mailable in between.
    # One who moves here is opted out where they come from, and here as soon as they have come.
    steps = opt_outs(item.email, cause, ids) if withdrawn and not item.moved else []
    steps.append(profile_update(item.email, item.profile, cause))
    if event.duplicate_of_id is None:
        steps.append(_tracked(item, cause))
    return steps if withdrawn else steps + _subscriptions(item, cause)


def _tracked(item: Work, cause: Cause) -> Delivery:
    event = item.event
    created_at = event.payload.get("created_at") or int(event.received_at.timestamp())
    return tracked_event(item.email, item.event_type.name, item.fields, cause, id=event.iterable_id, created_at=created_at)


def _subscriptions(item: Work, cause: Cause) -> list[Delivery]:
    """Only with the event type's switch, and never to a type that must not be used."""
    target = item.event_type.subscribes_to
    if target is None or target.do_not_use or not item.event_type.send_derived_grants:
        return []
    # What was granted under an earlier address is not carried along.
    if item.event.payload.get("opt_in") is not True or item.late:
        return []
    return [subscription(item.email, MESSAGE_TYPE, target.name, target.iterable_id, cause)]
