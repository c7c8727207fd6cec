"""What is to be exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from iterable_admin.iterable.moments import sent_time
from iterable_admin.iterable.writes.given import given

JSON_LINES: Literal["application/x-json-stream"] = "application/x-json-stream"
CSV: Literal["text/csv"] = "text/csv"


@dataclass(frozen=True, slots=True)
class Export:
    data_type: str
    """`user`, `customEvent`, `emailUnSubscribe` (with a capital S), …: an open set."""
    start: datetime | None = None
    """Inclusive; people count by the time of their last update."""
    end: datetime | None = None
    """Exclusive."""
    output_format: str = JSON_LINES
    only_fields: Sequence[str] = ()
    omit_fields: Sequence[str] = ()
    campaign_id: int | None = None
    delimiter: str | None = None
    """Of a CSV file."""

    def as_json(self) -> dict[str, Any]:
        return self._common() | given(
            outputFormat=self.output_format, onlyFields=",".join(self.only_fields) or None, delimiter=self.delimiter
        )

    def as_query(self) -> dict[str, Any]:
        """For export/data.json, which is one answer instead of a job and its files."""
        return self._common() | ({"onlyFields": list(self.only_fields)} if self.only_fields else {})

    def _common(self) -> dict[str, Any]:
        return given(
            dataTypeName=self.data_type,
            startDateTime=sent_time(self.start) if self.start else None,
            endDateTime=sent_time(self.end) if self.end else None,
            omitFields=",".join(self.omit_fields) or None,
            campaignId=self.campaign_id,
        )
