"""Events that came with a user id alone go on once its address is known, in the lane of that address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from django.db import transaction

from contacts.intake.people import addresses_of, gitlab_user_id
from iterable_admin.addresses import address_key
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.querysets import EventQuerySet
from iterable_admin.inbox.storing import TASK
from iterable_admin.waking.waking import wake_after_commit

AT_ONCE = 1_000


def give_addresses(events: Sequence[Event]) -> list[int]:
    """Move those whose address is known to its lane; returns their primary keys."""
    numbers = {event.pk: gitlab_user_id(event.user_id) for event in events}
    known = addresses_of({number for number in numbers.values() if number is not None})
    found = [event for event in events if numbers[event.pk] in known]
    for event in found:
        event.email = known[numbers[event.pk] or 0]
        event.lane = address_key(event.email)
    Event.objects.bulk_update(found, ["email", "lane"], batch_size=500)
    return [event.pk for event in found]


def release_held(newly_known: Mapping[int, str]) -> int:
    """Called in the transaction in which these user ids became known. Returns how many events go on."""
    if not newly_known:
        return 0
    return _release(list(_held().filter(user_id__in=[str(user_id) for user_id in newly_known])))


def release_all_held() -> int:
    """For a sweep: addresses also become known in other ways, such as the nightly sync."""
    held = _held().iterator(chunk_size=AT_ONCE)
    released = 0
    while chunk := list(islice(held, AT_ONCE)):
        released += _release(chunk)
    return released


def _held() -> EventQuerySet:
    held: EventQuerySet = Event.objects.filter(state=Event.State.HELD, reason_code="no_address").order_by("pk")
    return held.only("pk", "user_id", "email", "lane")


def _release(held: Sequence[Event]) -> int:
    with transaction.atomic():
        events = give_addresses(held)
        released: int = Event.objects.filter(pk__in=events, state=Event.State.HELD).update(
            state=Event.State.RECEIVED, attempts=0, reason_code="", reason="The address of its user id became known."
        )
        if released:
            wake_after_commit("inbox", TASK)
    return released
