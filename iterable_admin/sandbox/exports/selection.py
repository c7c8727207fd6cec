"""What an export was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which entries, and which of their fields; no `only` means all."""

    kind: str
    since: str
    until: str
    only: tuple[str, ...] = ()
    omitted: frozenset[str] = frozenset()
    campaign_id: int | None = None
