"""/api/export: jobs that leave files, and answers that stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from iterable_admin.iterable.calls import Call, Clock
from iterable_admin.iterable.downloads import download
from iterable_admin.iterable.endpoints.group import Group
from iterable_admin.iterable.endpoints.whole_lists import entries, parsed
from iterable_admin.iterable.errors import Ambiguous
from iterable_admin.iterable.reads import ExportFile, ExportFiles, ExportJob
from iterable_admin.iterable.transport import Query
from iterable_admin.iterable.writes import Export
from iterable_admin.iterable.writes.given import given


class Exports(Group):
    def start(self, export: Export) -> int:
        """The id of the job. Four run at a time in an organization, the others wait."""
        answer = self._post("/api/export/start", export.as_json())
        return parsed(answer, "jobId", lambda body: int(body["jobId"]))

    def jobs(self, state: str | None = None) -> list[ExportJob]:
        return entries(self._get("/api/export/jobs", query=given(jobState=state)), "jobs", ExportJob.parse)

    def files(self, job_id: int, *, start_after: str | None = None) -> ExportFiles:
        """Files come while the job runs. `start_after`: the name of the last one known."""
        path, query = f"/api/export/{int(job_id)}/files", given(startAfter=start_after)
        answer = self._get("/api/export/{id}/files", path=path, query=query)
        return parsed(answer, "files", ExportFiles.parse)

    def all_files(self, job_id: int) -> Iterator[ExportFile]:
        """Those there are by now, a call a page: fetch each soon, its link ends after 30 minutes."""
        seen: dict[str, None] = {}
        while files := self.files(job_id, start_after=next(reversed(seen), None)).files:
            new = [found for found in files if found.name not in seen]
            if not new:
                return
            seen |= dict.fromkeys(found.name for found in files)
            yield from new

    def cancel(self, job_id: int) -> Call:
        return self._delete("/api/export/{id}", f"/api/export/{int(job_id)}").call

    def download(self, file: ExportFile) -> Iterator[str]:
        """Its lines with their ends, as they come in. The file lies on another host, which never sees the key."""
        return download(file.url, self._transport.timeout)

    def data(self, export: Export, *, within: str | None = None) -> Iterator[dict[str, Any]]:
        """At once, without a job, and 4 times a minute; large spans break off.

        `within`: Today, Yesterday, BeforeToday or All, instead of the export's own times.
        """
        return self._objects("/api/export/data.json", export.as_query() | given(range=within))

    def user_events(
        self, *, email: str | None = None, user_id: str | None = None, include_custom_events: bool = False
    ) -> Iterator[dict[str, Any]]:
        """Everything that one person did."""
        query: dict[str, Any] = dict(self._person("GET", "/api/export/userEvents", email, user_id))
        return self._objects("/api/export/userEvents", query | ({"includeCustomEvents": "true"} if include_custom_events else {}))

    def _objects(self, endpoint: str, query: Query) -> Iterator[dict[str, Any]]:
        for line in self._transport.stream(endpoint, query=query):
            yield _object(line, endpoint)


def _object(line: str, endpoint: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    raise Ambiguous(f"a line of the export is no JSON object (GET {endpoint})", Clock("GET", endpoint).stop(200))
