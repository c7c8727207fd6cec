"""The sandbox's clock: the world's, or one that stands still until it is told to move."""

from __future__ import annotations

import time

FROZEN_AT = 1_767_225_600.0
"""2026-01-01 00:00:00 UTC: a frozen clock starts at the same moment each time."""


class Clock:
    def __init__(self, *, frozen: bool = False, at: float = FROZEN_AT) -> None:
        self.frozen = frozen
        self.step = 0.0
        """Seconds this clock was moved ahead by hand."""
        self._at = at

    def now(self) -> float:
        """Seconds since 1970."""
        return (self._at if self.frozen else time.time()) + self.step

    def catch_up(self, at: float) -> None:
        """A clock that stands still goes on where an earlier run of it stood."""
        if self.frozen:
            self.step = max(self.step, at - self._at)

    def advance(self, seconds: float) -> None:
        """Time never goes back: ValueError for a negative number."""
        if not 0 <= seconds < 1e10:
            raise ValueError("advance: a number of seconds, 0 or more, expected")
        self.step += seconds
