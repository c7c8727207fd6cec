"""What is written to Iterable, each in the form of its request body."""

from __future__ import annotations

from iterable_admin.iterable.writes.events import TrackedEvent
from iterable_admin.iterable.writes.exports import Export
from iterable_admin.iterable.writes.journeys import JourneyTrigger
from iterable_admin.iterable.writes.profiles import MANAGED_FIELDS, ArrayMerge, Person, ProfileUpdate
from iterable_admin.iterable.writes.subscriptions import SubscriptionUpdate
from iterable_admin.iterable.writes.webhooks import WebhookEdit

__all__ = [
    "MANAGED_FIELDS",
    "ArrayMerge",
    "Export",
    "JourneyTrigger",
    "Person",
    "ProfileUpdate",
    "SubscriptionUpdate",
    "TrackedEvent",
    "WebhookEdit",
]
