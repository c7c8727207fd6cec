"""Export jobs and their files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from iterable_admin.iterable.moments import moment
from iterable_admin.iterable.reads.leniently import Json, number, text

ENDED = {"completed", "failed", "cancelled", "canceled"}


def _state(found: object) -> str:
    """Described with a capital, sent without."""
    return found.casefold() if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class ExportJob:
    id: int
    state: str
    """enqueued, running (from where it may fall back to enqueued), cancelling, or one of `ENDED`; lower-cased."""
    data_type: str
    bytes_exported: int | None
    scheduled_start_time: datetime | None
    end_time: datetime | None

    @classmethod
    def parse(cls, body: Json) -> Self:
        kind = body.get("dataTypeName")
        return cls(
            id=int(body["id"]),
            state=_state(body.get("jobState")),
            # Described as an object of two switches, which names nothing.
            data_type=kind if isinstance(kind, str) else "",
            bytes_exported=number(body.get("bytesExported")),
            scheduled_start_time=moment(body.get("scheduledStartTime")),
            end_time=moment(body.get("endTime")),
        )

    @property
    def ended(self) -> bool:
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class ExportFile:
    name: str
    url: str = field(repr=False)
    """Signed, good for 30 minutes, and a secret meanwhile: whoever has it can read the file."""

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(name=text(body["file"]), url=text(body["url"]))


@dataclass(frozen=True, slots=True)
class ExportFiles:
    """A job as it stands, and those of its files that come after the one named in the question."""

    job_id: int
    state: str
    truncated: bool
    """Iterable stopped at its limit of size: ask for shorter spans."""
    files: list[ExportFile]

    @classmethod
    def parse(cls, body: Json) -> Self:
        state = _state(body.get("jobState"))
        # A job that has not ended may have none yet, and not even name them.
        files = body["files"] if state in ENDED else body.get("files") or []
        return cls(
            job_id=int(body["jobId"]),
            state=state,
            truncated=body.get("exportTruncated") is True,
            files=[ExportFile.parse(found) for found in files],
        )

    @property
    def ended(self) -> bool:
        return self.state in ENDED
