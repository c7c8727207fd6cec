"""Turn events into what they mean: contact changes, ledger rows and deliveries, in one transaction with their end."""

from __future__ import annotations

import time
import traceback
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from iterable_admin.inbox.blanking import blank
from iterable_admin.inbox.claiming import claim
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.registry import ERASED, Verdict, handler_for
from iterable_admin.inbox.screening import screened
from iterable_admin.redaction import mask_emails, redact

log = structlog.get_logger(__name__)

TRY_AGAIN_AFTER = timedelta(seconds=5)


class LeaseLost(Exception):
    """Another worker took the events over; what this one did is undone."""


def process_all(seconds: float = 40) -> int:
    """Work until nothing is due or the time is over. Returns the number of events taken."""
    end = time.monotonic() + seconds
    taken = 0
    while time.monotonic() < end and (events := claim()):
        process(events)
        taken += len(events)
    return taken


def process(events: Sequence[Event]) -> None:
    by_door: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_door[event.door].append(event)
    for door in by_door.values():
        _attempt(door)


def _attempt(events: Sequence[Event]) -> None:
    """All of them in one transaction; if it fails each by itself, so that the guilty one stands alone."""
    exhausted = [event for event in events if event.attempts > settings.EVENT_MAX_ATTEMPTS]
    if exhausted:
        _park(exhausted, "gave_up", "Its worker died each time it was processed.")
        events = [event for event in events if event not in exhausted]
    try:
        _handle(events)
    except LeaseLost:
        log.warning("lease lost", events=len(events))
    except OperationalError:
        _put_back(events)
    except Exception as error:  # noqa: BLE001 - the edge of the loop: one event's fault may not stop the others
        if len(events) > 1:
            for event in events:
                _attempt([event])
        else:
            _park(events, "our_bug", mask_emails(redact(f"{type(error).__name__}: {error}")), redact(traceback.format_exc()))


def _handle(events: Sequence[Event]) -> None:
    if not events:
        return
    with transaction.atomic():
        places = screened(events)
        erased = [event for place, event in enumerate(events) if place in places]
        # Of an erased person only what they withdrew is read, for the ledger.
        unread = [event for event in erased if not event.withdrawal]
        read = [event for place, event in enumerate(events) if place not in places or event.withdrawal]
        verdicts = handler_for(events[0].door)(read) if read else []
        _settle([*read, *unread], [*verdicts, *[ERASED] * len(unread)])
        if erased:
            blank(Event.objects.filter(pk__in=[event.pk for event in erased]))


def _settle(events: Sequence[Event], verdicts: Sequence[Verdict]) -> None:
    by_verdict: defaultdict[Verdict, list[Event]] = defaultdict(list)
    for event, verdict in zip(events, verdicts, strict=True):
        by_verdict[verdict].append(event)
    settled = sum(_end(alike, verdict) for verdict, alike in by_verdict.items())
    if settled != len(events):
        raise LeaseLost


def _end(events: Sequence[Event], verdict: Verdict, trace: str = "") -> int:
    """Compare-and-set on the lease: a twin that lost it changes nothing."""
    if verdict.flags:
        for event in events:
            Event.objects.filter(pk=event.pk).update(flags=sorted({*event.flags, *verdict.flags}))
    ended = verdict.state in Event.ENDED
    return Event.objects.filter(pk__in=[event.pk for event in events], lease_owner=events[0].lease_owner).update(
        state=verdict.state,
        reason_code=verdict.code,
        reason=verdict.reason,
        traceback=trace,
        lease_owner=None,
        lease_until=None,
        next_attempt_at=None,
        ended_at=timezone.now() if ended else None,
    )


def _park(events: Sequence[Event], code: str, reason: str, trace: str = "") -> None:
    log.error("event parked", code=code, reason=reason, events=[str(event.uuid) for event in events])
    _end(events, Verdict(Event.State.NEEDS_YOU, code, reason), trace)


def _put_back(events: Sequence[Event]) -> None:
    """The database was busy (a deadlock, a lock that did not come): nobody's fault, so it is tried again."""
    Event.objects.filter(pk__in=[event.pk for event in events], lease_owner=events[0].lease_owner).update(
        state=Event.State.WAITING,
        next_attempt_at=timezone.now() + TRY_AGAIN_AFTER,
        reason="The database was busy.",
        attempts=F("attempts") - 1,
        lease_owner=None,
        lease_until=None,
    )
