"""The deliveries that an event causes, in the order in which they leave."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from contacts.consent.applying import TargetIds, opt_outs, target_ids
from contacts.consent.models import MessageType
from contacts.consent.withdrawals import withdrawn_from
from contacts.intake.work import Work
from iterable_admin.outbox.enqueueing import MESSAGE_TYPE, Cause, profile_update, subscription, tracked_event
from iterable_admin.outbox.models import Delivery


def steps_to_iterable(work: Sequence[Work], withdrawn: Collection[str]) -> list[Delivery]:
    """`withdrawn` are the address keys with a live withdrawal."""
    going = [item for item in work if item.event_type.forward]
    ids = target_ids() if any(item.lane in withdrawn for item in going) else None
    left = _left_types(going)
    return [step for item in going for step in _steps(item, item.lane in withdrawn, ids, left)]


def _left_types(work: Sequence[Work]) -> set[tuple[str, int]]:
    """Address and type of those who left the type alone: what is derived from a form does not bring them back."""
    lanes: dict[MessageType, set[str]] = {}
    for item in work:
        if target := _subscribed_to(item):
            lanes.setdefault(target, set()).add(item.lane)
    return {(lane, target.pk) for target, of_type in lanes.items() for lane in withdrawn_from(target, of_type)}


def _steps(item: Work, withdrawn: bool, ids: TargetIds | None, left: set[tuple[str, int]]) -> list[Delivery]:
    event = item.event
    cause = Cause("event", str(event.uuid), event.request_id)
    # Somebody who withdrew and whom Iterable does not have is created by the opt-out itself: never mailable in between.
    # One who moves here is opted out where they come from, and here as soon as they have come.
    steps = opt_outs(item.email, cause, ids) if withdrawn and not item.moved else []
    steps.append(profile_update(item.email, item.profile, cause))
    if event.duplicate_of_id is None:
        steps.append(_tracked(item, cause))
    target = _subscribed_to(item)
    if target is not None and not withdrawn and (item.lane, target.pk) not in left:
        steps.append(subscription(item.email, MESSAGE_TYPE, target.name, target.iterable_id, cause))
    return steps


def _tracked(item: Work, cause: Cause) -> Delivery:
    event = item.event
    created_at = event.payload.get("created_at") or int(event.received_at.timestamp())
    return tracked_event(item.email, item.event_type.name, item.fields, cause, id=event.iterable_id, created_at=created_at)


def _subscribed_to(item: Work) -> MessageType | None:
    """Only with the event type's switch, and never a type that must not be used."""
    target = item.event_type.subscribes_to
    if target is None or target.do_not_use or not item.event_type.send_derived_grants:
        return None
    # What was granted under an earlier address is not carried along.
    return target if item.event.payload.get("opt_in") is True and not item.late else None
