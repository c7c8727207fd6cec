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
