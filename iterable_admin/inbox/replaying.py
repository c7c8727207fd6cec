"""Send events through processing once more. Their history stays; only their state begins again."""

from __future__ import annotations

from django.db.models import QuerySet

from iterable_admin.inbox.models import Event
from iterable_admin.inbox.storing import TASK
from iterable_admin.waking.waking import wake_after_commit

# What is open is on its way already, what is done has had its effect, and what was rejected has to be mended first.
REPLAYABLE = (Event.State.NEEDS_YOU, Event.State.HELD, Event.State.SKIPPED)


def replay(events: QuerySet[Event]) -> int:
    """Returns how many begin again; those in another state are left as they are."""
    count = events.filter(state__in=REPLAYABLE).update(
        state=Event.State.RECEIVED, attempts=0, next_attempt_at=None, ended_at=None, reason_code="", reason="Replayed."
    )
    wake_after_commit("inbox", TASK)
    return count
