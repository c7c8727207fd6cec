"""Whether a list, a channel or a message type is there: by the mirror, or else asked of Iterable, which refuses what it lacks."""

from __future__ import annotations

from collections.abc import Callable

from contacts.consent.models import Channel, List, MessageType
from contacts.gateway.checking import read_id
from contacts.gateway.reading import count
from contacts.gateway.refusing import Refused, bad_params
from contacts.gateway.rows import CHANNEL, EMAIL_LIST, GROUPS, MESSAGE_TYPE
from iterable_admin.errors import Problem
from iterable_admin.inbox.models import Source
from iterable_admin.iterable.client import IterableClient
from iterable_admin.outbox.connection import connect

Ids = Callable[[IterableClient], set[int]]

MIRRORS: dict[str, type[Channel] | type[MessageType] | type[List]] = {
    CHANNEL: Channel,
    MESSAGE_TYPE: MessageType,
    EMAIL_LIST: List,
}
ASKED: dict[str, Ids] = {
    CHANNEL: lambda client: {row.id for row in client.channels.all()},
    MESSAGE_TYPE: lambda client: {row.id for row in client.message_types.all()},
    EMAIL_LIST: lambda client: {row.id for row in client.lists.all()},
}


def check_list(source: Source, number: int) -> None:
    if is_missing(source, EMAIL_LIST, number):
        raise bad_params(f"error.lists.invalidListId: {number}")


def check_group(source: Source, group: str, told: str) -> int:
    """Its id, of the path's text."""
    number, known = read_id(told, "subscriptionGroupId"), GROUPS.get(group.lower())
    if known is None or is_missing(source, known, number):
        raise bad_params(f"Invalid subscription group: {group} {number}")
    return number


def is_missing(source: Source, group: str, number: int) -> bool:
    """True only if Iterable itself says so now: what was made since the last mirroring is not in the mirror yet.

    Where Iterable cannot be asked, or this source has asked enough, the call is taken, and what comes of it stands at the event.
    """
    if MIRRORS[group].objects.filter(iterable_id=number, missing_since=None).exists():
        return False
    try:
        count(source)
        return number not in ASKED[group](connect())
    except (Problem, Refused):
        return False
