"""Make what people said true in Iterable: opt-outs and subscriptions as deliveries."""

from __future__ import annotations

from contacts.consent.instance import GITLAB_MARKETING, MARKETING_CHANNEL
from contacts.consent.models import Channel, MessageType
from iterable_admin.outbox.enqueueing import CHANNEL, MESSAGE_TYPE, Cause, subscription, unsubscription
from iterable_admin.outbox.models import Delivery

# A withdrawal is the channel, which covers every present and future type in it, and the opt-in type besides, so that
# a channel that is opened again later does not mail somebody who withdrew.


def opt_outs(email: str, cause: Cause, ids: TargetIds | None = None) -> list[Delivery]:
    """Unsaved rows, in the order in which they leave: the channel first, because it closes everything at once."""
    ids = ids or target_ids()
    return [
        unsubscription(email, CHANNEL, MARKETING_CHANNEL, ids[CHANNEL], cause),
        unsubscription(email, MESSAGE_TYPE, GITLAB_MARKETING, ids[MESSAGE_TYPE], cause),
    ]


def opt_ins(email: str, cause: Cause) -> list[Delivery]:
    """The reverse, for an explicit grant: Iterable refuses a type whose channel is still closed."""
    ids = target_ids()
    return [
        subscription(email, CHANNEL, MARKETING_CHANNEL, ids[CHANNEL], cause),
        subscription(email, MESSAGE_TYPE, GITLAB_MARKETING, ids[MESSAGE_TYPE], cause),
    ]


TargetIds = dict[str, int | None]


def target_ids() -> TargetIds:
    """Iterable's ids of the Marketing Channel and of GitLab Marketing; None while they have not been learnt."""
    channel = Channel.objects.filter(name=MARKETING_CHANNEL).values_list("iterable_id", flat=True).first()
    message_type = MessageType.objects.filter(name=GITLAB_MARKETING).values_list("iterable_id", flat=True).first()
    return {CHANNEL: channel, MESSAGE_TYPE: message_type}
