"""How a sandbox is set up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    host: str = "127.0.0.1"
    port: int = 0
    state: str | None = None
    """File that keeps the accepted writes; None forgets everything at the end."""
    api_key: str | None = None
    """None takes any key, or none at all."""
    project_type: str = "email"
    delay: float = 0.0
    """Seconds between accepted and visible."""
    fail_rate: float = 0.0
    latency: float = 0.0
    rate_limit_scale: float = 0.0
    """1 is Iterable's documented limits, 0 none."""
    seed: int = 1
    subscriptions_family: bool = True
    clock: str = "running"
    """"frozen" stands still, and moves only by POST /sandbox/clock."""
