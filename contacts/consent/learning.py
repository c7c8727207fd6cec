"""Learn the ids of channels and message types by their names, and resume the withdrawals that waited for them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import TypeVar

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

Row = TypeVar("Row", Channel, MessageType)

# Entered before each learning and left after it, by those who keep the history of what it changes.
_watchers: list[Callable[[], AbstractContextManager[None]]] = []


def watch_learning(watcher: Callable[[], AbstractContextManager[None]]) -> None:
    """To be filled when an app is ready."""
    _watchers.append(watcher)


def learn_ids(client: IterableClient | None = None) -> list[str]:
    """One line for each thing learnt, missing or resumed. Raises what the client raises (a bad key, no connection)."""
    client = client or connect()
    channels, types = client.channels.all(), client.message_types.all()
    with transaction.atomic(), ExitStack() as watched:
        for watcher in _watchers:
            watched.enter_context(watcher())
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
        channel = _row_of(Channel, seen) or Channel()
        if channel.iterable_id != seen.id:
            lines.append(f"channel {seen.name}: its id is {seen.id}")
        channel.name, channel.iterable_id = _free_name(Channel, channel, seen), seen.id
        channel.channel_type, channel.medium = seen.channel_type, seen.message_medium
        channel.seen_at, channel.missing_since = timezone.now(), None
        channel.save()
    return [*lines, *_mark_missing(Channel, {seen.id for seen in channels})]


def _learn_types(types: list[reads.MessageType]) -> list[str]:
    lines = []
    channels = {channel.iterable_id: channel for channel in Channel.objects.all()}
    for seen in types:
        if seen.channel_id not in channels:
            lines.append(f"message type {seen.name}: its channel {seen.channel_id} is not among Iterable's channels")
            continue
        message_type = _row_of(MessageType, seen) or MessageType()
        if message_type.iterable_id != seen.id:
            lines.append(f"message type {seen.name}: its id is {seen.id}")
        message_type.name, message_type.iterable_id = _free_name(MessageType, message_type, seen), seen.id
        message_type.channel, message_type.policy = channels[seen.channel_id], seen.subscription_policy
        message_type.seen_at, message_type.missing_since = timezone.now(), None
        message_type.save()
    return [*lines, *_mark_missing(MessageType, {seen.id for seen in types})]


def _row_of(model: type[Row], seen: reads.Channel | reads.MessageType) -> Row | None:
    """By its id, which stays when it is renamed; by its name while the id is not known, or is another project's."""
    rows = model._default_manager
    return rows.filter(iterable_id=seen.id).first() or rows.filter(name=seen.name).first()


def _free_name(model: type[Row], row: Row, seen: reads.Channel | reads.MessageType) -> str:
    """Names are unique here and not in Iterable: of two alike the later one carries its id."""
    taken = model._default_manager.filter(name=seen.name).exclude(pk=row.pk).exists()
    return f"{seen.name} ({seen.id})" if taken else seen.name


def _mark_missing(model: type[Row], there: set[int]) -> list[str]:
    """What vanished was deleted in Iterable; here it stays, for the ledger speaks of it."""
    gone = model._default_manager.filter(iterable_id__isnull=False, missing_since=None).exclude(iterable_id__in=there)
    lines = [f"{model._meta.verbose_name} {row}: Iterable does not have it any more" for row in gone]
    gone.update(missing_since=timezone.now())
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
