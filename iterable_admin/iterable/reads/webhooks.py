"""System webhooks: where Iterable reports what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from iterable_admin.iterable.reads.leniently import Json, numbers, text


@dataclass(frozen=True, slots=True)
class Webhook:
    """Its token and its headers are not among what Iterable tells."""

    id: int
    endpoint: str
    enabled: bool
    auth_type: str
    blast_send_enabled: bool
    triggered_send_enabled: bool
    channel_ids: list[int]
    message_type_ids: list[int]

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            id=int(body["id"]),
            endpoint=text(body.get("endpoint")),
            enabled=body.get("enabled") is True,
            auth_type=text(body.get("authType")),
            blast_send_enabled=body.get("blastSendEnabled") is True,
            triggered_send_enabled=body.get("triggeredSendEnabled") is True,
            channel_ids=numbers(body.get("channelIds")),
            message_type_ids=numbers(body.get("messageTypeIds")),
        )
