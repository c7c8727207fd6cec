"""Export jobs: enqueued until one of four places is free, running for as long as the sandbox is told, completed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from iterable_admin.sandbox.dates import iso
from iterable_admin.sandbox.exports.selection import Selection

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
    due: float | None = None
    """When a job that runs will have ended."""
    ended_at: float | None = None

    def describe(self, spelling: str) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": self.id,
            "dataTypeName": self.selection.kind,
            "jobState": spell(self.state, spelling),
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

    def catch_up(self, work: Callable[[Job], None], now: float, seconds: float) -> None:
        """Bring every job to where it stands now; each runs `seconds` long, and `work` writes its files."""
        self._start_waiting(now + seconds)
        while due := [job for job in self.jobs.values() if job.due is not None and job.due <= now]:
            for job in due:
                self._end(job, work)
            self._start_waiting(max(job.ended_at or 0.0 for job in due) + seconds)
        for job in [job for job in self.jobs.values() if job.state in FINAL][:-MOST_KEPT]:
            del self.jobs[job.id]

    def _start_waiting(self, due: float) -> None:
        free = MOST_RUNNING - sum(job.due is not None for job in self.jobs.values())
        for job in [job for job in self.jobs.values() if job.state == "enqueued"][:free]:
            job.state, job.due = "running", due

    def _end(self, job: Job, work: Callable[[Job], None]) -> None:
        if job.state == "running":
            work(job)
        job.state = "completed" if job.state == "running" else "failed"
        job.ended_at, job.due = job.due, None


def cancel(job: Job, now: float) -> None:
    """A job that still waits or runs ends without files."""
    if job.state not in FINAL:
        job.state, job.due = "cancelling", now if job.due is None else job.due


def spell(state: str, spelling: str) -> str:
    """On the wire states are in lower case; the published description has four, with a capital."""
    if spelling == "lower":
        return state
    return "Failed" if state == "cancelling" else state.capitalize()
