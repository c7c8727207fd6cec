"""What became of what a run read, as bars with their numbers."""

from __future__ import annotations

from dataclasses import dataclass

from contacts.sync.models import SyncRun
from contacts.sync.pages.progress import WIDTH


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    glyph: str
    tone: str
    count: int
    width: int
    words: str


def funnel(run: SyncRun) -> list[Bar]:
    """Each as wide as its share of what was read."""
    steps = [
        ("read", "▤", "wait", run.read, "rows of the source"),
        ("unchanged", "=", "quiet", run.unchanged, "Iterable holds these values already"),
        ("planned", "◌", "quiet", planned(run), "to be sent, by the plan"),
        ("sent", "▶", "wait", run.enqueued, "handed to the outbox"),
        ("accepted", "✓", "good", run.delivered, "taken by Iterable"),
        ("skipped", "-", "quiet", run.skipped, "expected, with a reason"),
        ("failed", "!", "bad", run.failed, "need somebody"),
    ]
    whole = max(count for _, _, _, count, _ in steps) or 1
    return [Bar(name, glyph, tone, count, count * WIDTH // whole, words) for name, glyph, tone, count, words in steps]


def planned(run: SyncRun) -> int:
    return int(run.plan.get("to_send", run.enqueued))
