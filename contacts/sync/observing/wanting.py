"""What we would have sent of a person, all in all: the newest value of each field, the last word on each subscription."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from contacts.consent.models import MessageType
from contacts.sync.fingerprint import canonical
from contacts.sync.observing.starting import IN_PROFILES
from iterable_admin.iterable.moments import moment
from iterable_admin.iterable.reads import User
from iterable_admin.outbox.enqueueing import CHANNEL
from iterable_admin.outbox.models import Delivery

# Of a subscription: its group and id in Iterable.
Subscription = tuple[str, int]
IN, OUT = "subscribed", "unsubscribed"
Policies = Mapping[int, str]


class Wanted:
    """Of one person."""

    __slots__ = ("fields", "names", "subscriptions")

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.subscriptions: dict[Subscription, str] = {}
        self.names: dict[Subscription, str] = {}

    def add(self, operation: str, payload: Mapping[str, Any]) -> None:
        if operation == Delivery.Operation.PROFILE:
            self.fields |= payload.get("dataFields", {})
        elif payload.get("id"):
            target = (str(payload["group"]), int(payload["id"]))
            self.names[target] = str(payload.get("name") or payload["id"])
            self.subscriptions[target] = OUT if operation == Delivery.Operation.UNSUBSCRIBE else IN


def wanted_of(emails: Collection[str], since: datetime, until: datetime) -> dict[str, Wanted]:
    """By address. In the order in which the rows would have left."""
    rows = Delivery.objects.would_send().filter(email__in=emails, operation__in=IN_PROFILES, ended_at__gte=since)
    found: dict[str, Wanted] = {email: Wanted() for email in emails}
    told = rows.filter(ended_at__lte=until).order_by("-withdrawal", "pk")
    for email, operation, payload in told.values_list("email", "operation", "payload"):
        found[email].add(operation, payload)
    return found


def policies() -> Policies:
    return dict(MessageType.objects.exclude(iterable_id=None).values_list("iterable_id", "policy"))  # type: ignore[arg-type] # no id is None there


def pairs_of(wanted: Wanted, user: User, known: Policies) -> list[tuple[str, Any, Any]]:
    """Field, what we would send, what Iterable holds. A subscription counts as a field."""
    fields = [(name, value, user.data_fields.get(name)) for name, value in sorted(wanted.fields.items())]
    targets = sorted(wanted.subscriptions.items())
    return fields + [(f"subscription: {wanted.names[target]}", ours, standing(user, target, known)) for target, ours in targets]


def standing(user: User, target: Subscription, known: Policies) -> str:
    """Of a message type the array that counts by its policy."""
    group, number = target
    if group == CHANNEL:
        return OUT if number in user.unsubscribed_channel_ids else IN
    if known.get(number) == MessageType.Policy.OPT_IN:
        return IN if number in user.subscribed_message_type_ids else OUT
    return OUT if number in user.unsubscribed_message_type_ids else IN


def same(ours: Any, theirs: Any) -> bool:
    """Nothing and null are one; a moment is the same in whatever form it is written."""
    if canonical(ours) == canonical(theirs):
        return True
    if not (isinstance(ours, str) and isinstance(theirs, str)):
        return False
    at = moment(ours)
    return at is not None and at == moment(theirs)
