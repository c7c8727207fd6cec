"""Two rehearsals step by step: what differs, grouped by what becomes of people, the largest difference first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from iterable_admin.audit.pills import moment_text
from journeys.definition.graph import START
from journeys.rehearsal.bounding import EXPOSED, SENT, Cell
from journeys.rehearsal.models import RehearsalRun
from journeys.rehearsal.running import cells_of, differing
from journeys.rehearsal.told import outcome_words, what_if, why_words


@dataclass(frozen=True, slots=True)
class Difference:
    cell: Cell
    before: tuple[int, int]
    after: tuple[int, int]

    @property
    def words(self) -> str:
        return outcome_words(self.cell)

    @property
    def why(self) -> str:
        return why_words(self.cell)

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


def parameters_that_differ(before: RehearsalRun, after: RehearsalRun) -> list[tuple[str, str, str]]:
    """Each by its name, in words, of the one and of the other."""
    found = zip(_parameters(before), _parameters(after), strict=True)
    return [(old.name, old.words, new.words) for old, new in found if old.value != new.value]


@dataclass(frozen=True, slots=True)
class Parameter:
    """Compared by its value: the words of the same value may tell of different days."""

    name: str
    value: object
    words: str


def _parameters(run: RehearsalRun) -> Iterator[Parameter]:
    """What two runs may differ in."""
    counted = f"as of {moment_text(run.ended_at or run.created_at)}"
    yield Parameter("description", run.graph_hash, _version_words(run))
    yield Parameter("mode", run.mode, run.get_mode_display())
    yield Parameter("moment", run.at, moment_text(run.at))
    yield Parameter("since", run.since, moment_text(run.since))
    yield Parameter("what if", run.overlay, " ".join(what_if(run)) or "nothing: as described")
    yield Parameter("rules", run.resolver, counted)
    yield Parameter("data", run.watermark, counted)


def _version_words(run: RehearsalRun) -> str:
    """A draft may have been edited since."""
    if run.version is None:
        return f"as described on {moment_text(run.created_at)}"
    name = f"version {run.version.number}"
    if run.version.graph_hash != run.graph_hash:
        return f"{name} as it stood at {moment_text(run.created_at)}, before later edits"
    return f"{name}, edited {moment_text(run.version.changed_at)}"
