"""Whether and when to try again: one decision, made from what was asked, what came back and the number of attempts."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from iterable_admin.errors import Temporary
from iterable_admin.iterable.envelope import BodyKind
from iterable_admin.iterable.errors import IterableError, ServiceBusy, Unreachable
from iterable_admin.iterable.repeating import may_repeat

# An outage of eight hours heals by itself: with the delays below so many attempts take nine, give or take half an hour.
MOST_ATTEMPTS = 120
# Some 500s never heal for a given request (13 hours of retries are on record elsewhere): a minute of them is enough.
MOST_ATTEMPTS_AT_500 = 8
FIRST_DELAY = 1.0
LONGEST_DELAY = 600.0
# Iterable documents no Retry-After and its daily limits renew within a day: longer is a mistake of somebody's.
LONGEST_RETRY_AFTER = 86_400.0
SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)
# Somebody on the way stopped waiting for the answer: what was sent may have been applied.
TIMED_OUT = {408, 502, 504}


@dataclass(frozen=True, slots=True)
class Retry:
    after: float
    """Seconds from now."""
    reason: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    reason: str
    ambiguous: bool = False
    """Perhaps applied, and not to be repeated blindly: somebody looks in Iterable first."""


def decide(
    method: str,
    status: int | None,
    headers: Mapping[str, str],
    body: BodyKind,
    attempt: int,
    *,
    code: str = "",
    repeatable: bool | None = None,
    received: bool = True,
    said: str = "",
    now: datetime | None = None,
    jitter: Callable[[], float] = random.random,
) -> Retry | GiveUp:
    """About a call that failed; a 2xx here is one whose answer could not be read.

    `status`: None if no answer came, and then `received` is False only where no connection was made.
    `attempt`: how many were made so far, this one included. `repeatable`: whether the same again does no harm; by
    default what the method says, for a POST no. `jitter`: gives a number from 0 to 1.
    """
    words = said or _words(status, code)
    if not _passes(status, body):
        return GiveUp(words)
    if not _may_repeat(method, repeatable) and _maybe_applied(status, received):
        return GiveUp(f"it may have been applied, and repeating it may double it: {words}", ambiguous=True)
    if attempt >= (MOST_ATTEMPTS_AT_500 if status == 500 else MOST_ATTEMPTS):
        return GiveUp(f"Gave up after {attempt} attempts: {words}")
    asked = seconds_to_wait(_header(headers, "Retry-After"), now or datetime.now(UTC))
    if asked:
        return Retry(min(asked, LONGEST_RETRY_AFTER), f"Iterable asked to wait: {words}")
    return Retry(jitter() * longest_delay(attempt), words)


def _passes(status: int | None, body: BodyKind) -> bool:
    """Whether the same again may go better. The status decides: a 401 may carry the code "Success"."""
    if status is None or status in (408, 429) or status >= 500:
        return True
    # Taken in, but what came back is not Iterable's: a page of some proxy, or an answer that broke off.
    return 200 <= status < 300 and body is not BodyKind.JSON


def _maybe_applied(status: int | None, received: bool) -> bool:
    return received if status is None else status < 300 or status in TIMED_OUT


def _may_repeat(method: str, repeatable: bool | None) -> bool:
    return may_repeat(method, "") if repeatable is None else repeatable


def _words(status: int | None, code: str) -> str:
    return " ".join(filter(None, (str(status or "no answer"), code)))


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for key, value in headers.items() if key.lower() == name.lower()), None)


def longest_delay(attempt: int) -> float:
    """Seconds: doubled with each attempt, up to ten minutes."""
    return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(max(attempt, 1) - 1, 64))


def decide_on(
    error: IterableError, attempt: int, *, own_ids: bool = False, jitter: Callable[[], float] = random.random
) -> Retry | GiveUp:
    """The same, of an error that the client raised; `own_ids`: see `may_repeat`."""
    call = error.call
    asked = asked_wait(error)
    received = not isinstance(error, Unreachable)
    if not isinstance(error, Temporary):
        return GiveUp(str(error))
    return decide(
        call.method,
        call.status,
        {"Retry-After": str(math.ceil(asked))} if asked else {},
        BodyKind.NONE if call.status is None else BodyKind.TEXT,
        attempt,
        code=error.code,
        repeatable=may_repeat(call.method, call.endpoint, own_ids=own_ids),
        received=received,
        said=str(error),
        jitter=jitter,
    )


def asked_wait(error: IterableError) -> float | None:
    """Seconds that Iterable asked for, as far as they are believed."""
    asked = error.retry_after if isinstance(error, ServiceBusy) else None
    return min(asked, LONGEST_RETRY_AFTER) if asked else None


def seconds_to_wait(retry_after: str | None, now: datetime) -> float | None:
    """From a Retry-After header (seconds, or an HTTP date); None if there is nothing to wait for."""
    value = (retry_after or "").strip()
    seconds = float(value) if SECONDS.fullmatch(value) else _seconds_until(value, now)
    return seconds if seconds > 0 else None


def _seconds_until(value: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0.0
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
