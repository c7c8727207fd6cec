"""A signed call is taken once: remembered in the transaction that stores what it said, so that a failed one may come again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils import timezone

from iterable_admin.inbox.authentication import caller_of
from iterable_admin.inbox.models import SignedMessage, Source
from iterable_admin.inbox.refusing import BadSignature, Why
from iterable_admin.inbox.signing import Message

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request


def remember(source: Source, message: Message, *, again: bool = True) -> SignedMessage:
    """The row of `message`; where it has come before, `stored` names what it became. In a transaction.

    The sender's own retry says the same and is signed anew, later. Everything else that bears a known id is refused, and
    without `again` that retry too.
    """
    told = {"content": message.content, "signed_at": message.signed_at, "received_at": timezone.now()}
    row, new = SignedMessage.objects.get_or_create(source=source, digest=message.digest, defaults=told)
    if new:
        return row
    same = SignedMessage.objects.filter(pk=row.pk, content=message.content, signed_at__lt=message.signed_at)
    if not again or not same.update(signed_at=message.signed_at):
        raise BadSignature(source, Why.REUSED)
    row.refresh_from_db()
    return row


def spend(request: Request) -> None:
    """For a signed call that stores no event: it is done once, in the transaction of what it does, and has no retry."""
    caller = caller_of(request)
    if caller.message:
        remember(caller.source, caller.message, again=False)


def note_stored(row: SignedMessage, stored: Sequence[tuple[UUID, bool]]) -> None:
    SignedMessage.objects.filter(pk=row.pk).update(stored=[(str(uuid), conflict) for uuid, conflict in stored])
