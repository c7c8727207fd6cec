"""Rate limits: one leaky bucket per endpoint and period, as Iterable describes its own."""

from __future__ import annotations

from iterable_admin.sandbox.answers import Rate, Route
from iterable_admin.sandbox.clock import Clock


class Limiter:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str, Rate], tuple[float, float]] = {}

    def exceeded(self, route: Route, scale: float) -> Rate | None:
        """The first of the route's limits that one more call would not fit in; with None it is counted in all of them."""
        if scale <= 0:
            return None
        levels = {(route.method, route.path, rate): self._level(route, rate, scale) for rate in rates_of(route)}
        for (_, _, rate), level in levels.items():
            if level + 1 > max(1.0, rate.calls * scale) + 1e-9:
                return rate
        now = self._clock.now()
        self._buckets.update({name: (level + 1, now) for name, level in levels.items()})
        return None

    def clear(self) -> None:
        self._buckets.clear()

    def _level(self, route: Route, rate: Rate, scale: float) -> float:
        """The bucket holds one period's calls and leaks at the stated rate."""
        now = self._clock.now()
        level, at = self._buckets.get((route.method, route.path, rate), (0.0, now))
        return max(0.0, level - max(0.0, now - at) * rate.calls * scale / rate.seconds)


def rates_of(route: Route) -> tuple[Rate, ...]:
    """Most routes have one, some a second one for the day."""
    if route.rate is None:
        return ()
    return (route.rate,) if isinstance(route.rate, Rate) else route.rate
