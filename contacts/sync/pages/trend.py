"""The last runs of a definition: a block each, and how much they read and sent as lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contacts.sync.models import SyncDefinition, SyncRun
from iterable_admin.audit.pills import TONES, moment_text

RUNS = 14
WIDTH, HEIGHT, MARGIN = 600, 120, 8


@dataclass(frozen=True, slots=True)
class Block:
    run: SyncRun
    tone: str
    glyph: str
    words: str


@dataclass(frozen=True, slots=True)
class Trend:
    runs: list[SyncRun]
    most: int
    read: str
    sent: str

    @property
    def words(self) -> str:
        first, last = self.runs[0], self.runs[-1]
        return (
            f"Of {len(self.runs)} runs: read {first.read:,} in {first}, {last.read:,} in {last}; "
            f"sent {first.enqueued:,} in {first}, {last.enqueued:,} in {last}. The largest figure is {self.most:,}."
        )


def last_runs(definition: SyncDefinition) -> list[SyncRun]:
    """Oldest first, as one reads."""
    return list(definition.runs.order_by("-pk")[:RUNS])[::-1]


def strip(runs: Sequence[SyncRun]) -> list[Block]:
    return [_block(run) for run in runs]


def _block(run: SyncRun) -> Block:
    tone, glyph = TONES.get(run.state, ("quiet", "·"))
    dry = " dry," if run.dry_run else ""
    figures = f"{run.read:,} read, {run.enqueued:,} sent, {run.failed:,} failed"
    return Block(run, tone, glyph, f"{run},{dry} {run.get_state_display()}, {moment_text(run.started_at)}: {figures}")


def trend(runs: Sequence[SyncRun]) -> Trend | None:
    """Of the real runs over everybody; None where two points make no line."""
    real = [run for run in runs if not (run.dry_run or run.undoes_id or run.only_email or run.limit)]
    if len(real) < 2:
        return None
    most = max(max(run.read, run.enqueued) for run in real) or 1
    return Trend(real, most, _points([run.read for run in real], most), _points([run.enqueued for run in real], most))


def _points(counts: Sequence[int], most: int) -> str:
    step = (WIDTH - 2 * MARGIN) / (len(counts) - 1)
    high = (HEIGHT - 2 * MARGIN) / most
    return " ".join(f"{MARGIN + place * step:.1f},{HEIGHT - MARGIN - count * high:.1f}" for place, count in enumerate(counts))
