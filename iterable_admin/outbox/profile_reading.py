"""Read many profiles side by side, within the limits that everybody shares. Reads alone: no row waits for them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime

import structlog

from iterable_admin.errors import Misconfigured
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import IterableError
from iterable_admin.iterable.reads import User
from iterable_admin.outbox.connection import connect
from iterable_admin.outbox.limits import reserve
from iterable_admin.outbox.switching import Mode, current, mode
from iterable_admin.outbox.turns import Halted, NoTurn, Prepaid, heed, prepaid

log = structlog.get_logger(__name__)

ENDPOINT = "/api/users/getByEmail"
SIDE_BY_SIDE, AT_A_TIME, STEP = 8, 40, 0.1


@dataclass(frozen=True, slots=True)
class Read:
    """A profile as it was at `asked_at` or a moment later; None: Iterable does not have the person."""

    email: str
    user: User | None
    asked_at: datetime


def may_read() -> bool:
    """Not while halted: the outbox tests the key. And not while paused, when only withdrawals leave."""
    switch = current()
    return switch.halted_at is None and mode(switch) != Mode.PAUSED


def read_profiles(emails: Sequence[str], seconds: float) -> Iterator[list[Read]]:
    """Some at a time, as they are answered. Ends early when the time is over, or Iterable has enough or refuses the key."""
    client, rest, end = connect(), deque(emails), time.monotonic() + seconds
    while rest and time.monotonic() < end and may_read():
        granted, wait = reserve(ENDPOINT, min(AT_A_TIME, len(rest)))
        if not granted:
            time.sleep(min(wait, STEP))
            continue
        answers = _ask(client, [rest.popleft() for _ in range(granted)])
        yield [answer for answer in answers if isinstance(answer, Read)]
        if _is_over([answer for answer in answers if isinstance(answer, IterableError)]):
            return


def _ask(client: IterableClient, emails: Sequence[str]) -> list[Read | IterableError | None]:
    """None: not asked, because another answer had refused the key by then."""
    refused = threading.Event()
    with prepaid(Prepaid({ENDPOINT: len(emails)})), ThreadPoolExecutor(min(SIDE_BY_SIDE, len(emails))) as pool:
        asked = [pool.submit(copy_context().run, _read, client, email, refused) for email in emails]
        return [future.result() for future in asked]


def _read(client: IterableClient, email: str, refused: threading.Event) -> Read | IterableError | None:
    if refused.is_set():
        return None
    try:
        user, call = client.users.by_email(email)
    except IterableError as error:
        if isinstance(error, Misconfigured):
            refused.set()
        return error
    except (NoTurn, Halted):
        return None
    return Read(email, user, call.started_at)


def _is_over(errors: Sequence[IterableError]) -> bool:
    """What concerns one address alone (a 400) stops nothing: the others are asked all the same."""
    general = [error for error in errors if isinstance(error, Misconfigured) or _is_no_answer(error)]
    if not general:
        return False
    error = min(general, key=lambda error: not isinstance(error, Misconfigured))
    log.warning("profiles not read", reason=str(error))
    heed(ENDPOINT, error)
    return True


def _is_no_answer(error: IterableError) -> bool:
    return error.call.status is None or error.call.status in (408, 429) or error.call.status >= 500
