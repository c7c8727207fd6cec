"""Whether and when to try again: one decision, made from the error and the number of attempts."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from iterable_admin.errors import Temporary
from iterable_admin.iterable.errors import IterableError, ServiceBusy

MOST_ATTEMPTS = 12
# Some 500 GenericErrors never heal for a given request (13 hours of retries are on record elsewhere).
MOST_ATTEMPTS_AT_GENERIC_ERROR = 6
FIRST_DELAY = 1.0
LONGEST_DELAY = 600.0
# Iterable documents no Retry-After and its daily limits renew within a day: longer is a mistake of somebody's.
LONGEST_RETRY_AFTER = 86_400.0


@dataclass(frozen=True, slots=True)
class Retry:
    after: float
    """Seconds from now."""
    reason: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    reason: str


def decide(error: IterableError, attempt: int, *, jitter: Callable[[], float] = random.random) -> Retry | GiveUp:
    """`attempt` counts the attempts made so far, this failed one included; `jitter` gives a number from 0 to 1."""
    if not isinstance(error, Temporary):
        return GiveUp(str(error))
    most = MOST_ATTEMPTS_AT_GENERIC_ERROR if _never_heals(error) else MOST_ATTEMPTS
    if attempt >= most:
        return GiveUp(f"gave up after {attempt} attempts: {error}")
    asked = _asked_to_wait(error)
    if asked:
        return Retry(min(asked, LONGEST_RETRY_AFTER), f"Iterable asked to wait: {error}")
    return Retry(jitter() * _longest_delay(attempt), str(error))


def _asked_to_wait(error: IterableError) -> float | None:
    return error.retry_after if isinstance(error, ServiceBusy) else None


def _never_heals(error: IterableError) -> bool:
    return error.call.status == 500 and error.code == "GenericError"


def _longest_delay(attempt: int) -> float:
    return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** (max(attempt, 1) - 1))


def seconds_to_wait(retry_after: str | None, now: datetime) -> float | None:
    """From a Retry-After header (seconds, or an HTTP date); None if there is nothing to wait for."""
    value = (retry_after or "").strip()
    seconds = float(value) if value.isascii() and value.isdecimal() and len(value) < 10 else _seconds_until(value, now)
    return seconds if seconds > 0 else None


def _seconds_until(value: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0.0
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
