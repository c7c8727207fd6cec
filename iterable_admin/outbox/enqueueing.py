"""Make deliveries: always in the transaction of the change that caused them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from iterable_admin.addresses import address_key
from iterable_admin.copying import insert_rows
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.switching import TASK
from iterable_admin.waking.waking import wake_after_commit

CHANNEL = "messageChannel"
MESSAGE_TYPE = "messageType"


@dataclass(frozen=True, slots=True)
class Cause:
    """What a delivery is for: `kind` is event, sync, address or operator, `id` that row's id."""

    kind: str
    id: str
    request_id: str = ""


def enqueue(deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
    """Store the rows in their order and wake a sender once the transaction is committed."""
    insert_rows(deliveries)
    if deliveries:
        wake_after_commit("outbox", TASK)
    return deliveries


def profile_update(email: str, fields: dict[str, Any], cause: Cause, *, creates: bool = True) -> Delivery:
    """Merge `fields` into the profile; with `creates` false only if Iterable has the person."""
    return _delivery(Delivery.Operation.PROFILE, email, {"dataFields": fields}, cause, creates=creates)


def tracked_event(email: str, name: str, fields: dict[str, Any], cause: Cause, *, id: str, created_at: int) -> Delivery:  # noqa: A002 - Iterable's word
    """`created_at` in unix seconds; `id` makes a second sending an update."""
    payload = {"eventName": name, "dataFields": fields, "id": id, "createdAt": created_at}
    return _delivery(Delivery.Operation.TRACK, email, payload, cause)


def look_up(email: str, cause: Cause, *, withdrawal: bool = False) -> Delivery:
    """Ask whether Iterable has the person."""
    return _delivery(Delivery.Operation.LOOK_UP, email, {}, cause, withdrawal=withdrawal)


def change_of_address(old: str, new: str, user_id: str, cause: Cause) -> Delivery:
    """Give the profile another address. It stands in the lanes of both; `user_id` names the person where emails do not."""
    row = _delivery(Delivery.Operation.CHANGE_ADDRESS, new, {"currentEmail": old, "newEmail": new}, cause, creates=True)
    row.joined_lane, row.user_id = address_key(old), user_id
    return row


def unsubscription(email: str, group: str, name: str, iterable_id: int | None, cause: Cause) -> Delivery:
    """Opt out of one channel or message type. Without its id the row waits for a person: configuration."""
    payload = {"group": group, "name": name, "id": iterable_id}
    row = _delivery(Delivery.Operation.UNSUBSCRIBE, email, payload, cause, withdrawal=True, creates=True)
    return row if iterable_id else _unconfigured(row, name)


def subscription(email: str, group: str, name: str, iterable_id: int | None, cause: Cause) -> Delivery:
    """Opt in to one channel or message type."""
    payload = {"group": group, "name": name, "id": iterable_id}
    row = _delivery(Delivery.Operation.SUBSCRIBE, email, payload, cause)
    return row if iterable_id else _unconfigured(row, name)


def whole_subscriptions(email: str, arrays: dict[str, Any], cause: Cause) -> Delivery:
    """Overwrite every array that is given, in Iterable's own names."""
    return _delivery(Delivery.Operation.ARRAYS, email, {"arrays": arrays}, cause, creates=True)


def list_membership(
    email: str, list_id: int, cause: Cause, *, joins: bool, existing_only: bool = False, campaign_id: int | None = None
) -> Delivery:
    """Put the person on a static list, which creates whom Iterable does not have unless told otherwise, or take them off it.

    `campaign_id` is what the leaving is attributed to.
    """
    payload: dict[str, Any] = {"listId": list_id, "joins": joins}
    payload |= {"updateExistingUsersOnly": True} if joins and existing_only else {}
    payload |= {"campaignId": campaign_id} if campaign_id is not None and not joins else {}
    return _delivery(Delivery.Operation.LIST, email, payload, cause, creates=joins and not existing_only)


def forgetting(email: str, cause: Cause) -> Delivery:
    """Delete the person in Iterable and keep them from coming back. Leaves like a withdrawal: first, and while paused too."""
    return _delivery(Delivery.Operation.FORGET, email, {}, cause, withdrawal=True)


def _unconfigured(row: Delivery, name: str) -> Delivery:
    row.state = Delivery.State.NEEDS_YOU
    row.reason_code = "configuration"
    row.reason = f"The id of {name} in Iterable is not known. Run `manage.py doctor`: it learns the ids by name and resumes this."
    return row


def _delivery(
    operation: Delivery.Operation,
    email: str,
    payload: dict[str, Any],
    cause: Cause,
    *,
    withdrawal: bool = False,
    creates: bool = False,
) -> Delivery:
    return Delivery(
        operation=operation,
        email=email,
        lane=address_key(email),
        payload=payload,
        withdrawal=withdrawal,
        creates=creates,
        cause=cause.kind,
        cause_id=cause.id,
        request_id=cause.request_id,
        created_at=timezone.now(),
    )
