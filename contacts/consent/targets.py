"""How the ledger names what somebody may be sent: by Iterable's id, and by name until the id is known."""

from __future__ import annotations

from contacts.consent.models import Channel, List, MessageType


def key_of(target: Channel | MessageType | List) -> str:
    """For a new ledger row."""
    return str(target.iterable_id or target.name)


def keys_of(target: Channel | MessageType | List) -> list[str]:
    """Of its ledger rows: those from before its id was learnt carry the name."""
    return [str(target.iterable_id), target.name] if target.iterable_id else [target.name]
