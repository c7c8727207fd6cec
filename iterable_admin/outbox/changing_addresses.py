"""One person gets another address in Iterable. Whoever stands there already is left alone, and nobody is merged.

Both addresses are looked up first, each time: that tells what is left to do, also after an answer that was lost. And where
the address is a field like others, an update of somebody who is not there would create them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import Conflicted, Refused
from iterable_admin.iterable.identity import ProjectType
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.settling import End, Made

State = Delivery.State

NOBODY, BOTH, THERE, FORGOTTEN = "not_in_iterable", "address_taken", "already_changed", "forgotten"
ENDS = {
    NOBODY: End(
        State.SKIPPED,
        NOBODY,
        "Iterable does not have the old address: nothing to change. What comes next may create the new one.",
    ),
    BOTH: End(
        State.NEEDS_YOU,
        BOTH,
        "Iterable has a profile under each of the two addresses, and we merge nobody. Merge the old one into the new one in "
        "Iterable, or delete it there; then retry this.",
    ),
    THERE: End(State.SKIPPED, THERE, "Iterable has the new address and not the old one: nothing is left to change."),
    FORGOTTEN: End(State.SKIPPED, FORGOTTEN, "The new address was forgotten in Iterable, which takes nothing more for it."),
}
# As in judging: "not there" for somebody accepted lately only says that Iterable is still at work on them.
STILL_APPLYING = timedelta(minutes=10)
ASK_AGAIN = timedelta(seconds=15)
# What Iterable calls an address that somebody has, or had when they were forgotten.
TAKEN = "EmailAlreadyExists"


class Found(NamedTuple):
    """Whether Iterable has a profile under the old and under the new address, and the call that told so last."""

    old: bool
    new: bool
    call: Call


Answer = tuple[Call, dict[str, object]]


def change_address(client: IterableClient, row: Delivery, before: list[Made]) -> Answer:
    found = _look(client, row, before)
    if not found.old or found.new:
        return _told(found, _nothing_to_do(found, row))
    try:
        call = _change(client, row)
    except Refused as error:
        return _refused(client, row, before, error)
    return call, {"old": False, "new": True}


def _look(client: IterableClient, row: Delivery, before: list[Made]) -> Found:
    if client.project_type is ProjectType.USER_ID:
        return _look_by_user_id(client, row, before)
    new, call = client.users.by_email(row.payload["newEmail"])
    before.append(Made(call))
    old, call = client.users.by_email(row.payload["currentEmail"])
    before.append(Made(call))
    return Found(old is not None, new is not None, call)


def _look_by_user_id(client: IterableClient, row: Delivery, before: list[Made]) -> Found:
    """An address identifies nobody there, and two people may share one."""
    user, call = client.users.by_user_id(row.user_id)
    before.append(Made(call))
    changed = user is not None and user.email == row.payload["newEmail"]
    return Found(user is not None and not changed, changed, call)


def _change(client: IterableClient, row: Delivery) -> Call:
    if client.project_type is ProjectType.USER_ID:
        return client.users.change_email(row.payload["newEmail"], user_id=row.user_id)
    return client.users.change_email(row.payload["newEmail"], email=row.payload["currentEmail"])


def _nothing_to_do(found: Found, row: Delivery) -> str:
    if found.new:
        changed_by_us = not found.old and row.attempts > 1
        return "" if changed_by_us else (BOTH if found.old else THERE)
    return NOBODY


def _refused(client: IterableClient, row: Delivery, before: list[Made], error: Refused) -> Answer:
    """Somebody took the new address meanwhile, it was forgotten, or an earlier try has just been applied."""
    made = Made(error.call, str(error), refused={row.pk: (type(error).__name__, str(error))})
    looks: list[Made] = []
    found = _look(client, row, looks)
    untouched = found.old and not found.new
    if untouched and not (isinstance(error, Conflicted) or error.code == TAKEN):
        before += looks
        raise error
    before += [made, *looks]
    if untouched:
        return _told(found, FORGOTTEN)
    return _told(found, "" if found.new and not found.old else _nothing_to_do(found, row))


def _told(found: Found, ended: str) -> Answer:
    return found.call, {"old": found.old, "new": found.new, "ended": ended}


def end_of(row: Delivery, ended: str) -> End | None:
    """How a row ends whose call went well and did not change anything."""
    if ended == NOBODY and _accepted_lately(row):
        again = timezone.now() + ASK_AGAIN
        return End(State.WAITING, "not_found_yet", "Iterable is still applying the old profile.", again, counts=False)
    return ENDS.get(ended)


def _accepted_lately(row: Delivery) -> bool:
    since = timezone.now() - STILL_APPLYING
    created = Delivery.objects.filter(lane__in=(row.lane, row.joined_lane), creates=True, accepted_at__gte=since)
    return bool(settings.ITERABLE_SETTLE_SECONDS) and created.exclude(pk=row.pk).exists()


def not_before_it_shows(end: End) -> End:
    """A try of which no answer came may have been accepted: asked too early, Iterable would still show the old address."""
    if end.state != State.WAITING or end.again_at is None:
        return end
    shows = timezone.now() + timedelta(seconds=settings.ITERABLE_SETTLE_SECONDS)
    return replace(end, again_at=max(end.again_at, shows))
