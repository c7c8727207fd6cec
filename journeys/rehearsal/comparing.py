"""Two rehearsals step by step: what differs, grouped by what becomes of people, the largest difference first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from journeys.definition.graph import START
from journeys.rehearsal.bounding import EXPOSED, SENT, Cell
from journeys.rehearsal.models import RehearsalRun
from journeys.rehearsal.running import cells_of, differing


@dataclass(frozen=True, slots=True)
class Difference:
    cell: Cell
    before: tuple[int, int]
    after: tuple[int, int]

    @property
    def more(self) -> int:
        """By the most that are possible."""
        return self.after[1] - self.before[1]


@dataclass(frozen=True, slots=True)
class StepDifference:
    step: str
    rows: tuple[Difference, ...]


def compare(before: RehearsalRun, after: RehearsalRun) -> list[StepDifference]:
    """Nothing: the same counts."""
    found = [
        Difference(Cell(*map(str, row[:4])), (_int(row[4]), _int(row[5])), (_int(row[6]), _int(row[7])))
        for row in differing(cells_of(before), cells_of(after))
    ]
    by_step = groupby(found, key=lambda row: row.cell.step)
    return [StepDifference(step, tuple(sorted(rows, key=lambda row: -abs(row.more)))) for step, rows in by_step]


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def exposed_of(run: RehearsalRun) -> tuple[int, int]:
    """Messages, of all steps, to people who should not get them: at least and at most."""
    return _sum(run, EXPOSED)


def sent_of(run: RehearsalRun) -> tuple[int, int]:
    return _sum(run, SENT)


def _sum(run: RehearsalRun, outcome: str) -> tuple[int, int]:
    rows = [(row.certain, row.possible) for row in run.cells.all() if row.outcome == outcome and row.step != START]
    return sum(certain for certain, _ in rows), sum(possible for _, possible in rows)


def parameters(run: RehearsalRun) -> Mapping[str, str]:
    """What two runs may differ in."""
    return {
        "graph": run.graph_hash,
        "mode": run.mode,
        "moment": str(run.at or ""),
        "since": str(run.since or ""),
        "what if": str(run.overlay or ""),
        "rules": run.resolver,
        "data": str(run.watermark),
    }
