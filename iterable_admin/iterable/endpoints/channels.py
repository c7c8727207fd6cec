"""/api/channels and /api/messageTypes: both are made in Iterable's own pages only."""

from __future__ import annotations

from iterable_admin.iterable.endpoints.group import Group
from iterable_admin.iterable.endpoints.whole_lists import entries
from iterable_admin.iterable.reads import Channel, MessageType


class Channels(Group):
    def all(self) -> list[Channel]:
        return entries(self._get("/api/channels"), "channels", Channel.parse)


class MessageTypes(Group):
    def all(self) -> list[MessageType]:
        return entries(self._get("/api/messageTypes"), "messageTypes", MessageType.parse)
