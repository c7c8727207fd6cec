"""Send events through processing once more, or end them. Their history stays; only their state begins again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db.models import QuerySet
from django.utils import timezone

from iterable_admin.inbox.models import Event
from iterable_admin.inbox.storing import TASK
from iterable_admin.redaction import mask_emails
from iterable_admin.waking.waking import wake_after_commit

# What is open is on its way already, what is done has had its effect, and what was rejected has to be mended first.
REPLAYABLE = (Event.State.NEEDS_YOU, Event.State.HELD, Event.State.SKIPPED)
SKIPPABLE = (Event.State.NEEDS_YOU, Event.State.HELD)

# Asked with events that somebody may replay as received: a sentence for each newer value that this would overwrite.
Warn = Callable[[QuerySet[Event]], Sequence[str]]

_warnings: list[Warn] = []


def register_warning(warn: Warn) -> None:
    """Rooms above know what events write; the inbox does not."""
    if warn not in _warnings:
        _warnings.append(warn)


def warnings_of(events: QuerySet[Event]) -> list[str]:
    return [sentence for warn in _warnings for sentence in warn(events)]


def replay(events: QuerySet[Event], *, keep_known: bool = False) -> int:
    """Returns how many begin again; those in another state are left as they are.

    `keep_known`: fields of the profile that are known by now keep their values.
    """
    reason = "Replayed with the latest values." if keep_known else "Replayed."
    count = events.filter(state__in=REPLAYABLE).update(
        state=Event.State.RECEIVED,
        attempts=0,
        next_attempt_at=None,
        ended_at=None,
        reason_code="",
        reason=reason,
        keep_known=keep_known,
    )
    wake_after_commit("inbox", TASK)
    return count


def skip(events: QuerySet[Event], reason: str) -> int:
    """End what nobody will mend. Never a withdrawal: it would be lost, and its person mailed."""
    stuck = events.filter(state__in=SKIPPABLE, withdrawal=False)
    return stuck.update(
        state=Event.State.SKIPPED,
        reason_code="skipped_by_operator",
        # Erasure keeps the reasons of what was skipped.
        reason=f"Skipped: {mask_emails(reason)}",
        next_attempt_at=None,
        ended_at=timezone.now(),
    )
