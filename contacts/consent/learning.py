"""Learn the ids of channels and message types by their names, and resume the withdrawals that waited for them."""

from __future__ import annotations

import structlog
from django.db import transaction
from django.utils import timezone

from contacts.consent.models import Channel, MessageType
from iterable_admin.errors import Problem
from iterable_admin.iterable import reads
from iterable_admin.iterable.client import IterableClient
from iterable_admin.outbox.connection import connect
from iterable_admin.outbox.enqueueing import CHANNEL, MESSAGE_TYPE
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.switching import TASK
from iterable_admin.waking.waking import wake_after_commit

log = structlog.get_logger(__name__)


def learn_ids(client: IterableClient | None = None) -> list[str]:
    """One line for each thing learnt, missing or resumed. Raises what the client raises (a bad key, no connection)."""
    client = client or connect()
    channels, types = client.channels.all(), client.message_types.all()
    with transaction.atomic():
        lines = [*_learn_channels(channels), *_learn_types(types)]
        return [*lines, *_missing(), *_resume()]


def refresh_ids() -> None:
    """For the schedule: what cannot be learnt now is tried again in an hour, and `manage.py doctor` says why."""
    try:
        for line in learn_ids():
            log.info("learnt", line=line)
    except Problem as problem:
        log.warning("ids not learnt", reason=str(problem))


def _learn_channels(channels: list[reads.Channel]) -> list[str]:
    lines = []
    for seen in channels:
        channel, made = Channel.objects.get_or_create(name=seen.name)
        if made or channel.iterable_id != seen.id:
            lines.append(f"channel {seen.name}: its id is {seen.id}")
        channel.iterable_id, channel.channel_type, channel.medium = seen.id, seen.channel_type, seen.message_medium
        channel.seen_at, channel.missing_since = timezone.now(), None
        channel.save()
    return lines


def _learn_types(types: list[reads.MessageType]) -> list[str]:
    lines = []
    channels = {channel.iterable_id: channel for channel in Channel.objects.all()}
    for seen in types:
        if seen.channel_id not in channels:
            lines.append(f"message type {seen.name}: its channel {seen.channel_id} is not among Iterable's channels")
            continue
        defaults = {"channel": channels[seen.channel_id], "policy": seen.subscription_policy}
        message_type, made = MessageType.objects.get_or_create(name=seen.name, defaults=defaults)
        if made or message_type.iterable_id != seen.id:
            lines.append(f"message type {seen.name}: its id is {seen.id}")
        message_type.iterable_id, message_type.channel = seen.id, channels[seen.channel_id]
        message_type.policy, message_type.seen_at, message_type.missing_since = seen.subscription_policy, timezone.now(), None
        message_type.save()
    return lines


def _missing() -> list[str]:
    nameless = [
        *(f"channel {row}" for row in Channel.objects.filter(iterable_id=None)),
        *(f"message type {row}" for row in MessageType.objects.filter(iterable_id=None)),
    ]
    return [f"{name}: Iterable has nothing of this name; rename one of the two" for name in nameless]


def _resume() -> list[str]:
    """Withdrawals (and grants) that stood in *needs you: configuration* for want of an id."""
    ids = {CHANNEL: dict(Channel.objects.values_list("name", "iterable_id"))}
    ids[MESSAGE_TYPE] = dict(MessageType.objects.values_list("name", "iterable_id"))
    waiting = Delivery.objects.filter(
        state=Delivery.State.NEEDS_YOU, operation__in=("unsubscribe", "subscribe"), payload__id=None
    )
    resumed = 0
    for row in waiting.select_for_update():
        found = ids[row.payload["group"]].get(row.payload["name"])
        if found:
            row.payload["id"] = found
            row.state, row.reason_code, row.reason = Delivery.State.READY, "", ""
            row.save(update_fields=["payload", "state", "reason_code", "reason"])
            resumed += 1
    if resumed:
        wake_after_commit("outbox", TASK)
    return [f"{resumed} deliveries that waited for an id go on"] if resumed else []
