"""The instance's channels and message types. Fills only what is missing: an operator's change is never undone."""

from __future__ import annotations

from typing import Any

from contacts.consent.instance import (
    GITLAB_MARKETING,
    MARKETING_CHANNEL,
    MARKETING_MESSAGE,
    TRANSACTIONAL,
    TRANSACTIONAL_CHANNEL,
)
from contacts.consent.models import Channel, MessageType

CHANNELS = {
    MARKETING_CHANNEL: {"channel_type": "Marketing", "medium": "Email"},
    TRANSACTIONAL_CHANNEL: {"channel_type": "Transactional", "medium": "Email"},
}
MESSAGE_TYPES: dict[str, tuple[str, dict[str, Any]]] = {
    GITLAB_MARKETING: (
        MARKETING_CHANNEL,
        {"policy": MessageType.Policy.OPT_IN, "notes": "The main type, used in templates and email."},
    ),
    MARKETING_MESSAGE: (
        MARKETING_CHANNEL,
        {
            "policy": MessageType.Policy.OPT_OUT,
            "do_not_use": True,
            "notes": "Must not be used: people who unsubscribed could be mailed. Iterable's default; will be deleted.",
        },
    ),
    TRANSACTIONAL: (TRANSACTIONAL_CHANNEL, {"policy": MessageType.Policy.OPT_OUT}),
}


def seed_channels() -> None:
    for name, defaults in CHANNELS.items():
        Channel.objects.get_or_create(name=name, defaults=defaults)
    channels = Channel.objects.in_bulk(field_name="name")
    for name, (channel, policy) in MESSAGE_TYPES.items():
        MessageType.objects.get_or_create(name=name, defaults={"channel": channels[channel], **policy})
