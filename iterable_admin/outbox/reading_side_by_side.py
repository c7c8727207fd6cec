"""Ask Iterable about many people side by side, within the limits that everybody shares. Reads alone: no row waits for them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from iterable_admin.errors import Misconfigured
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import IterableError
from iterable_admin.outbox.connection import connect
from iterable_admin.outbox.limits import reserve
from iterable_admin.outbox.switching import Mode, current, mode
from iterable_admin.outbox.turns import Halted, NoTurn, Prepaid, heed, prepaid

log = structlog.get_logger(__name__)

SIDE_BY_SIDE, AT_A_TIME, STEP = 8, 40, 0.1
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Inquiry(Generic[T]):
    """What is asked about one person, by address: one call to `endpoint`."""

    endpoint: str
    ask: Callable[[IterableClient, str], T]
    about: str


def may_read() -> bool:
    """Not while halted: the outbox tests the key. And not while paused, when only withdrawals leave."""
    switch = current()
    return switch.halted_at is None and mode(switch) != Mode.PAUSED


def read_each(inquiry: Inquiry[T], emails: Sequence[str], seconds: float) -> Iterator[list[T]]:
    """Some at a time, as they are answered. Ends early when the time is over, or Iterable has enough or refuses the key."""
    client, rest, end = connect(), deque(emails), time.monotonic() + seconds
    while rest and time.monotonic() < end and may_read():
        granted, wait = reserve(inquiry.endpoint, min(AT_A_TIME, len(rest)))
        if not granted:
            time.sleep(min(wait, STEP))
            continue
        answers, errors = _ask(inquiry, client, [rest.popleft() for _ in range(granted)])
        yield answers
        if _is_over(inquiry, errors):
            return


def _ask(inquiry: Inquiry[T], client: IterableClient, emails: Sequence[str]) -> tuple[list[T], list[IterableError]]:
    refused, answers, errors = threading.Event(), list[T](), list[IterableError]()
    with prepaid(Prepaid({inquiry.endpoint: len(emails)})), ThreadPoolExecutor(min(SIDE_BY_SIDE, len(emails))) as pool:
        asked = [pool.submit(copy_context().run, _ask_one, inquiry, client, email, refused) for email in emails]
        for future in asked:
            answer, error = future.result()
            answers += answer
            errors += error
    return answers, errors


def _ask_one(
    inquiry: Inquiry[T], client: IterableClient, email: str, refused: threading.Event
) -> tuple[list[T], list[IterableError]]:
    """Neither: not asked, because another answer had refused the key by then."""
    if refused.is_set():
        return [], []
    try:
        return [inquiry.ask(client, email)], []
    except IterableError as error:
        if isinstance(error, Misconfigured):
            refused.set()
        return [], [error]
    except (NoTurn, Halted):
        return [], []


def _is_over(inquiry: Inquiry[T], errors: Sequence[IterableError]) -> bool:
    """What concerns one address alone (a 400) stops nothing: the others are asked all the same."""
    general = [error for error in errors if isinstance(error, Misconfigured) or _is_no_answer(error)]
    if not general:
        return False
    error = min(general, key=lambda error: not isinstance(error, Misconfigured))
    log.warning(f"{inquiry.about} not read", reason=str(error))
    heed(inquiry.endpoint, error)
    return True


def _is_no_answer(error: IterableError) -> bool:
    return error.call.status is None or error.call.status in (408, 429) or error.call.status >= 500
