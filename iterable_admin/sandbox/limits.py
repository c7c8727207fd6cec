"""Rate limits: one leaky bucket per endpoint, as Iterable describes its own."""

from __future__ import annotations

from iterable_admin.sandbox.answers import Rate
from iterable_admin.sandbox.ticking import Clock


class Limiter:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def admits(self, endpoint: str, rate: Rate, scale: float) -> bool:
        """Whether one more call fits: the bucket holds one period's calls and leaks at the stated rate."""
        if scale <= 0:
            return True
        size = max(1.0, rate.calls * scale)
        now = self._clock.now()
        level, at = self._buckets.get(endpoint, (0.0, now))
        level = max(0.0, level - max(0.0, now - at) * rate.calls * scale / rate.seconds)
        admitted = level + 1 <= size + 1e-9
        self._buckets[endpoint] = (level + 1 if admitted else level, now)
        return admitted

    def clear(self) -> None:
        self._buckets.clear()
