"""Rows as a file for a spreadsheet: asked for with a reason, which is kept, since the file names people."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse

from contacts.sync.models import SyncRow
from contacts.sync.next_steps import next_step_of_row
from contacts.sync.reasons import next_step_of
from iterable_admin.audit.asking import Question, ask_then_do, require
from iterable_admin.audit.recording import record

COLUMNS = ("run", "email", "state", "kind", "reason_code", "reason", "next_step", "changed_fields", "dismissed_by", "updated_at")
# A spreadsheet would take a cell that begins so for a formula (OWASP, CSV injection).
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
ROWS_A_READ = 2_000


class Echo:
    """Hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_page(model_admin: ModelAdmin[Any], request: HttpRequest) -> HttpResponse:
    """Of the rows that the list would show for the same filters and search."""
    require(request, "sync.view_syncrow")
    require(request, "sync.operate_syncrun")
    listed: QuerySet[SyncRow] = model_admin.get_changelist_instance(request).get_queryset(request)
    rows = listed.order_by("pk")
    count = rows.count()
    question = Question(
        title=f"{count:,} sync rows as CSV",
        sentence="The file names people by their address: keep it no longer than the work needs it. The download begins at once.",
        submit=f"Download {count:,} rows",
        back=f"{reverse('admin:sync_syncrow_changelist')}?{request.GET.urlencode()}",
        count=count,
    )

    def act(answers: Mapping[str, Any]) -> HttpResponse:
        record(request.user, "export", "sync rows", _selection(request), count, answers["reason"], f"{count:,} rows as CSV.")
        return file_of(rows)

    return ask_then_do(request, model_admin.admin_site, question, act)


def _selection(request: HttpRequest) -> dict[str, Any]:
    return {"all_matching": "&".join(f"{key}={value}" for key, value in request.GET.items())}


def file_of(rows: QuerySet[SyncRow]) -> HttpResponse:
    answer = StreamingHttpResponse(lines(rows.defer("before", "after").iterator(ROWS_A_READ)), content_type="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="sync-rows.csv"'
    answer.headers["Cache-Control"] = "no-store"
    # A response all the same; the stubs know the two apart.
    return answer  # type: ignore[return-value]


def lines(rows: Iterable[SyncRow]) -> Iterator[str]:
    write = csv.writer(Echo()).writerow
    yield write(COLUMNS)
    for row in rows:
        yield write([harmless(cell) for cell in _cells(row)])


def _cells(row: SyncRow) -> list[str]:
    then = next_step_of_row(row) if row.dismissed_at else next_step_of(row.reason_code) if row.reason_code else ""
    changed = ", ".join(map(str, row.changed_fields))
    told = [row.state, row.kind, row.reason_code, row.reason, then, changed, row.dismissed_by]
    return [str(row.run_id), row.email, *told, row.updated_at.isoformat()]


def harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULAS) else cell
