"""Ask Iterable once for everybody it has, instead of for one after the other."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from contacts.models import Listing
from contacts.presence import note_sights
from iterable_admin.addresses import address_key, is_email, normalise_email
from iterable_admin.errors import Permanent, Problem, Temporary
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.writes import Export
from iterable_admin.outbox.connection import connect

log = structlog.get_logger(__name__)

# Before Iterable was founded: nobody's last update is older.
SINCE_EVER = datetime(2010, 1, 1, tzinfo=UTC)
LINES_AT_A_TIME = 10_000
POLL_SECONDS, MOST_POLLS = 10.0, 720
DEAD_AFTER = timedelta(hours=6)
LEAST_SHARE = 0.5
TOO_FEW = "Iterable's export of users names suspiciously few people"
NOBODY_ABSENT = (
    "They are known, nobody is taken for absent. The technical owner looks in Iterable whether so many were deleted; "
    "the next listing is believed if it says the same."
)
CUT_SHORT = (
    "Iterable cut its export of users short, because it is too large: those who were read are known, nobody is taken for absent."
)


def list_everybody() -> Listing:
    """One export of all users. Whatever goes wrong is written on the row, not raised: then people are looked up as before."""
    row = Listing.objects.create(started_at=timezone.now())
    try:
        _read(connect(), row)
        row.state = Listing.State.COMPLETED
    except Problem as problem:
        row.state, row.error = Listing.State.FAILED, str(problem)
    except Exception as error:
        # A row that nobody ends would look as if it were read still.
        log.exception("listing.failed", row=row.pk)
        row.state, row.error = Listing.State.FAILED, f"Our bug: {type(error).__name__}. The log says where."
    row.ended_at = timezone.now()
    row.save()
    return row


def list_nightly() -> None:
    """What the schedule calls, an hour before the sync. A dead one is closed first."""
    dead = Listing.objects.filter(state=Listing.State.RUNNING, started_at__lt=timezone.now() - DEAD_AFTER)
    dead.update(state=Listing.State.FAILED, error="The process that read ended.", ended_at=timezone.now())
    if not Listing.objects.filter(state=Listing.State.RUNNING).exists():
        list_everybody()


def _read(client: IterableClient, row: Listing) -> None:
    job = client.exports.start(Export("user", SINCE_EVER, row.started_at + timedelta(days=1), only_fields=("email",)))
    truncated = _wait(client, job)
    for file in client.exports.all_files(job):
        row.people += _note(client.exports.download(file), row.started_at)
    if truncated:
        raise Permanent(CUT_SHORT)
    _believe(row)


def _believe(row: Listing) -> None:
    """Whoever is not on a listing counts as absent: one that lost most of them is believed only if the next says the same."""
    earlier = Listing.objects.filter(Q(state=Listing.State.COMPLETED) | Q(error__startswith=TOO_FEW)).exclude(pk=row.pk)
    last = earlier.order_by("-started_at").first()
    if last and row.people < last.people * LEAST_SHARE:
        raise Permanent(f"{TOO_FEW}: {row.people:,}, {last.people:,} on {last.started_at:%Y-%m-%d}. {NOBODY_ABSENT}")


def _wait(client: IterableClient, job: int) -> bool:
    """Until it has ended; whether it was cut short."""
    for polls in count():
        found = client.exports.files(job)
        if found.ended:
            break
        if polls >= MOST_POLLS:
            raise Temporary(f"Iterable's export {job} has not ended after two hours.")
        time.sleep(min(POLL_SECONDS, POLL_SECONDS / settings.ITERABLE_RATE_LIMIT_SCALE))
    if found.state != "completed":
        raise Temporary(f"Iterable's export of users ended as {found.state}.")
    return found.truncated


def _note(lines: Iterator[str], seen_at: datetime) -> int:
    noted = 0
    while part := list(islice(lines, LINES_AT_A_TIME)):
        emails = filter(is_email, (normalise_email(json.loads(line).get("email") or "") for line in part if line.strip()))
        sights = {address_key(email): (True, seen_at, "export") for email in emails}
        note_sights(sights)
        noted += len(sights)
    return noted
