"""How a sandbox is set up."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST = 1e9
"""Seconds: longer than any run."""
RANGES: dict[str, tuple[float, float]] = {
    "port": (0, 65_535),
    "fail_rate": (0, 1),
    "latency": (0, LONGEST),
    "delay": (0, LONGEST),
    "rate_limit_scale": (0, 1e6),
    "export_seconds": (0, LONGEST),
    "export_file_bytes": (1, 1e12),
    "export_bytes": (1, 1e12),
}


def check_range(name: str, value: float) -> None:
    """ValueError for a number that makes no sense under this name, NaN too."""
    least, most = RANGES[name]
    if not least <= value <= most:
        raise ValueError(f"{name}: a number from {least:,.0f} to {most:,.0f} expected")


@dataclass(frozen=True, slots=True)
class Options:
    host: str = "127.0.0.1"
    port: int = 0
    state: str | None = None
    """File that keeps the accepted writes; None forgets everything at the end."""
    api_key: str | None = None
    """None takes any key; a call without one is refused all the same."""
    project_type: str = "email"
    delay: float = 0.0
    """Seconds between accepted and visible."""
    fail_rate: float = 0.0
    latency: float = 0.0
    rate_limit_scale: float = 0.0
    """1 is Iterable's documented limits, 0 none."""
    seed: int | None = None
    """With one, failures by chance and ids that are made up are the same in every run."""
    subscriptions_family: bool = True
    new_fields: bool = True
    """Whether the project takes new fields from calls that do not say."""
    clock: str = "running"
    """"frozen" stands still, and moves only by POST /sandbox/clock."""
    export_states: str = "lower"
    """How jobStates are written: "lower" as met on the wire, "described" as in the published description."""
    export_seconds: float = 0.0
    """How long an export job runs; at most four run at once."""
    export_file_bytes: int = 10_000_000
    export_bytes: int = 100_000_000_000
    """An export is truncated here."""
    webhook_url: str | None = None
    """Where system webhooks are posted."""
    webhook_token: str | None = None

    def __post_init__(self) -> None:
        for name in RANGES:
            check_range(name, getattr(self, name))
