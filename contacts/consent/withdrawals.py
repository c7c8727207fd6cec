"""Who has withdrawn from one channel or one message type: by itself, by its channel, or by all marketing."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Q

from contacts.consent.ledger import Target, live_withdrawals, standings
from contacts.consent.models import Channel, MessageType, SubscriptionChange
from contacts.consent.targets import keys_of
from iterable_admin.outbox.enqueueing import CHANNEL
from iterable_admin.outbox.models import Delivery

TRANSACTIONAL = "Transactional"


def about_channel(channel: Channel) -> Q:
    own = Q(target=Target.CHANNEL, target_key__in=keys_of(channel))
    return own if channel.channel_type == TRANSACTIONAL else own | Q(target=Target.ALL_MARKETING)


def about_type(message_type: MessageType) -> Q:
    own = Q(target=Target.MESSAGE_TYPE, target_key__in=keys_of(message_type))
    return own | about_channel(message_type.channel)


def withdrawn_from(target: Channel | MessageType, address_keys: Collection[str]) -> dict[str, SubscriptionChange]:
    """The withdrawal in force, by address key, of those who have one."""
    about = about_channel(target) if isinstance(target, Channel) else about_type(target)
    found = standings(address_keys, about).items()
    return {key: standing.row for key, standing in found if standing.withdrawn and standing.row}


def beaten(subscriptions: Sequence[Delivery]) -> dict[int, SubscriptionChange]:
    """Deliveries that would subscribe somebody to what they withdrew from, with the withdrawal. A query for each target."""
    by_target: dict[tuple[str, str], list[Delivery]] = {}
    for row in subscriptions:
        by_target.setdefault((row.payload["group"], row.payload["name"]), []).append(row)
    found: dict[int, SubscriptionChange] = {}
    for (group, name), rows in by_target.items():
        target = _named(group, name)
        lanes = {row.lane for row in rows}
        # What is not in the catalogue counts as marketing.
        withdrawn = withdrawn_from(target, lanes) if target else live_withdrawals(lanes)
        found |= {row.pk: withdrawn[row.lane] for row in rows if row.lane in withdrawn}
    return found


def _named(group: str, name: str) -> Channel | MessageType | None:
    if group == CHANNEL:
        return Channel.objects.filter(name=name).first()
    return MessageType.objects.select_related("channel").filter(name=name).first()
