"""Which channels, message types and lists a webhook is about: its arrays, or where they are empty what its mail was sent in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contacts.consent.instance import MARKETING_CHANNEL
from contacts.consent.models import Channel, List, MessageType, SubscriptionChange
from contacts.consent.targets import key_of
from iterable_admin.inbox.models import Event

Kind = SubscriptionChange.Target
KINDS = {"channel_ids": Kind.CHANNEL, "message_type_ids": Kind.MESSAGE_TYPE, "list_ids": Kind.LIST}

FROM_CAMPAIGN = "nothing named as left: taken from the campaign"
FROM_NOTHING = "nothing named as left: taken for the Marketing Channel"


@dataclass(frozen=True, slots=True)
class Target:
    """As the ledger names it."""

    kind: Kind
    key: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    names: Mapping[Target, str]
    channel_of_type: Mapping[int, int]
    marketing: Target

    @classmethod
    def load(cls) -> Catalogue:
        channels, types = list(Channel.objects.all()), list(MessageType.objects.select_related("channel"))
        names = {Target(Kind.CHANNEL, str(row.iterable_id)): row.name for row in channels if row.iterable_id}
        names |= {Target(Kind.MESSAGE_TYPE, str(row.iterable_id)): row.name for row in types if row.iterable_id}
        names |= {Target(Kind.LIST, str(row.iterable_id)): row.name[:200] for row in List.objects.all()}
        key = next((key_of(row) for row in channels if row.name == MARKETING_CHANNEL), MARKETING_CHANNEL)
        of_type = {row.iterable_id: row.channel.iterable_id for row in types if row.iterable_id and row.channel.iterable_id}
        return cls(names, of_type, Target(Kind.CHANNEL, key))

    def name_of(self, target: Target) -> str:
        return MARKETING_CHANNEL if target == self.marketing else self.names.get(target, "")


def named_targets(payload: Mapping[str, Any]) -> list[Target]:
    return [Target(kind, str(number)) for name, kind in KINDS.items() for number in payload.get(name, ())]


def left_targets(event: Event, catalogue: Catalogue) -> tuple[Sequence[Target], str]:
    """What an unsubscribe left, and what was odd about it. The link in a mail leaves the mail's channel."""
    if named := named_targets(event.payload):
        return named, ""
    if number := event.payload.get("channel_id"):
        return [Target(Kind.CHANNEL, str(number))], FROM_CAMPAIGN
    if number := event.payload.get("message_type_id"):
        return [Target(Kind.MESSAGE_TYPE, str(number))], FROM_CAMPAIGN
    return [catalogue.marketing], FROM_NOTHING


def complained_target(event: Event, catalogue: Catalogue) -> Target:
    """The channel of the mail that was complained of."""
    number = event.payload.get("channel_id") or catalogue.channel_of_type.get(event.payload.get("message_type_id") or 0)
    return Target(Kind.CHANNEL, str(number)) if number else catalogue.marketing
