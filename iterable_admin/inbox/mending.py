"""Take up a rejected event after all: with a body that somebody mended, or because the rules understand it by now."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from iterable_admin.errors import Permanent
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.registry import reader_for
from iterable_admin.inbox.storing import TASK, Incoming, content_hash, dedup_key
from iterable_admin.waking.waking import wake_after_commit

MENDED = "body: mended by an operator"
AT_ONCE = 500


class Repeated(Permanent):
    """The same has come in meanwhile, as `first`: taking this one up too would do it twice."""

    def __init__(self, first: Event) -> None:
        super().__init__(f"The same has come in meanwhile and was accepted, as event {first.pk}: this one stays rejected.")
        self.first = first


class NotRejected(Permanent):
    """Somebody was faster."""


def read_again(event: Event, body: str) -> Incoming:
    """Writes nothing; `errors` of what it returns say, by field, what is still wrong."""
    return reader_for(event.door)(event, body)


def take_up(event: Event, incoming: Incoming, mended_body: str = "") -> None:
    """The rejected event begins as one just received, in its old place. Repeated or NotRejected: nothing was written."""
    if incoming.errors:
        raise Permanent("Its body still cannot be understood.")
    key = dedup_key(incoming.repeat_key) if incoming.repeat_key else None
    _refuse_repeat(event, key)
    try:
        with transaction.atomic():
            _write(event, incoming, key, mended_body)
    except IntegrityError:
        _refuse_repeat(event, key)
        raise
    wake_after_commit("inbox", TASK)


def take_up_readable(events: QuerySet[Event]) -> int:
    """Those whose body, as received or as mended, is understood by now. Returns how many; the others are left as they are."""
    return sum(_take_up_if_readable(event) for event in events.select_related("source").iterator(chunk_size=AT_ONCE))


def _take_up_if_readable(event: Event) -> bool:
    incoming = read_again(event, event.mended_body or event.raw_body)
    if incoming.errors:
        return False
    try:
        take_up(event, incoming, event.mended_body)
    except (Repeated, NotRejected):
        return False
    return True


def _refuse_repeat(event: Event, key: str | None) -> None:
    first = Event.objects.filter(source_id=event.source_id, dedup_key=key).exclude(pk=event.pk).first() if key else None
    if first is not None:
        raise Repeated(first)


def _write(event: Event, incoming: Incoming, key: str | None, mended_body: str) -> None:
    """Compare-and-set on the state, so that of two operators one does it."""
    changed = Event.objects.filter(pk=event.pk, state=Event.State.REJECTED).update(
        name=incoming.name[:255],
        email=incoming.email,
        user_id=incoming.user_id,
        lane=incoming.lane,
        withdrawal=incoming.withdrawal,
        payload=incoming.payload,
        mended_body=mended_body,
        flags=[*incoming.flags, *([MENDED] if mended_body else [])],
        errors={},
        caller_id=incoming.caller_id,
        dedup_key=key,
        content_hash=content_hash(incoming.content),
        occurred_at=incoming.occurred_at,
        state=Event.State.RECEIVED,
        reason_code="",
        reason="Mended." if mended_body else "Read again, and understood.",
        ended_at=None,
    )
    if not changed:
        raise NotRejected("It is no longer rejected: somebody took it up already.")
