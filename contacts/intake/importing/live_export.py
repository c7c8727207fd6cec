"""All profiles of the project, by Iterable's own export: a job, its files, their lines."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from contacts.intake.importing.lines import NOT_JSON, Bad, Line, lines_of
from iterable_admin.errors import Permanent, Temporary
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.writes import Export

# No profile is older than Iterable.
SINCE = datetime(2013, 1, 1, tzinfo=UTC)
FIELDS = (
    *("email", "userId", "emailListIds", "userListIds", "unsubscribedChannelIds", "unsubscribedMessageTypeIds"),
    *("subscribedMessageTypeIds", "profileUpdatedAt"),
)
SECONDS_BETWEEN_LOOKS = 5.0
PATIENCE = timedelta(hours=4)
CUT_OFF = (
    "Iterable cut its export off at its limit of size: export the users in its own pages in parts, and give each with --export."
)


def read_profiles(
    client: IterableClient, waiting: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
) -> Iterator[Line | Bad]:
    """Reads only. `waiting` is told the state of the job while there is nothing to read yet."""
    job = client.exports.start(Export("user", SINCE, timezone.now() + timedelta(days=1), only_fields=FIELDS))
    _wait(client, job, waiting, sleep)
    number = 0
    for file in client.exports.all_files(job):
        for text in client.exports.download(file):
            number += 1
            try:
                found = json.loads(text)
            except ValueError:
                yield Bad(number, "line", NOT_JSON)
            else:
                yield from lines_of(found, number)


def _wait(client: IterableClient, job: int, waiting: Callable[[str], None], sleep: Callable[[float], None]) -> None:
    end = timezone.now() + PATIENCE
    while not (state := client.exports.files(job)).ended:
        if timezone.now() > end:
            raise Temporary(f"Iterable's export job {job} is still {state.state} after {PATIENCE}: ask again later.")
        waiting(state.state)
        sleep(SECONDS_BETWEEN_LOOKS)
    if state.state != "completed":
        raise Temporary(f"Iterable's export job {job} ended as {state.state}: run this again.")
    if state.truncated:
        raise Permanent(CUT_OFF)
