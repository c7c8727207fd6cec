"""Wait for what must come: with a deadline, and a word now and then on how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable

from iterable_admin.errors import Problem
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Delivery

STEP = 0.1
SAY_EVERY = 3.0
LONGEST = 150.0

Say = Callable[[str], None]


def wait_until(condition: Callable[[], bool], what: str, say: Say, seconds: float = LONGEST) -> None:
    """Problem when it has not come true in time."""
    began = said = time.monotonic()
    while not condition():
        now = time.monotonic()
        if now - began > seconds:
            raise Problem(f"Not within {seconds:.0f} s: {what}.")
        if now - said > SAY_EVERY:
            said = now
            say(f"Waiting for {what} …")
        time.sleep(STEP)


def at_rest(ids: list[str]) -> bool:
    """Whether nothing of these requests moves by itself any more: each has ended, or waits for a person."""
    events = Event.objects.filter(uuid__in=ids)
    if events.open().exists() or events.filter(state=Event.State.HELD, reason_code="looking_up").exists():
        return False
    rows = Delivery.objects.filter(cause="event", cause_id__in=ids)
    moving = rows.filter(state__in=("ready", "sending", "waiting", "settling"))
    return not (moving | rows.filter(state="held", held_for=None)).exists()
