"""Export jobs: enqueued, running, completed. They move one step each time somebody has looked, so that runs are alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from iterable_admin.sandbox.clock import iso
from iterable_admin.sandbox.export_selection import Selection

MOST_RUNNING = 4
MOST_KEPT = 100
"""Ended jobs beyond this number are forgotten with their files, oldest first."""
FIRST_ID = 3562
STATES = ("enqueued", "running", "completed", "failed", "cancelling")
FINAL = ("completed", "failed")


@dataclass(slots=True)
class Job:
    id: int
    selection: Selection
    output: str
    delimiter: str
    enqueued_at: float
    state: str = "enqueued"
    files: dict[str, str] = field(default_factory=dict)
    """Text by name; names sort in the order of the export."""
    truncated: bool = False
    ended_at: float | None = None

    def describe(self, word: Callable[[str], str]) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": self.id,
            "dataTypeName": self.selection.kind,
            "jobState": word(self.state),
            "scheduledStartTime": iso(self.enqueued_at),
        }
        if self.ended_at is not None:
            found |= {"endTime": iso(self.ended_at), "bytesExported": sum(len(text.encode()) for text in self.files.values())}
        return found


class Jobs:
    """Not in the journal: after a restart there is nothing to wait for."""

    def __init__(self) -> None:
        self.jobs: dict[int, Job] = {}
        self._next = FIRST_ID

    def start(self, selection: Selection, output: str, delimiter: str, now: float) -> Job:
        job = Job(self._next, selection, output, delimiter, now)
        self._next += 1
        self.jobs[job.id] = job
        return job

    def step(self, work: Callable[[Job], None], now: float) -> None:
        """`work` writes the files of a job that was running."""
        for job in [job for job in self.jobs.values() if job.state in ("running", "cancelling")]:
            if job.state == "running":
                work(job)
            job.state = "completed" if job.state == "running" else "failed"
            job.ended_at = now
        for job in [job for job in self.jobs.values() if job.state == "enqueued"][:MOST_RUNNING]:
            job.state = "running"
        for job in [job for job in self.jobs.values() if job.state in FINAL][:-MOST_KEPT]:
            del self.jobs[job.id]


def cancel(job: Job) -> None:
    if job.state not in FINAL:
        job.state = "cancelling"


def word_as(style: str) -> Callable[[str], str]:
    """On the wire states are in lower case; the published description has four, with a capital."""
    if style == "lower":
        return str
    return lambda state: "Failed" if state == "cancelling" else state.capitalize()
