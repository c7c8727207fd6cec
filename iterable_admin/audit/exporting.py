"""A filtered list as a file for a spreadsheet: asked for with a reason, which is kept, since the file names people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from defusedcsv import csv
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.text import slugify

from iterable_admin.audit.asking import Question, ask_then_do, require
from iterable_admin.audit.cells import cell
from iterable_admin.audit.filtering import NoSuchFilter, without
from iterable_admin.audit.recording import record

PERMISSION = "audit.export_list"
ROWS_A_READ = 2_000
SENTENCE = (
    "All rows that match, with the columns of the list; times are in UTC. The file may name people: keep it no longer than the "
    "work needs it. The download begins at once."
)


class Echo:
    """Hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_url(model_admin: ModelAdmin[Any], request: HttpRequest) -> str:
    """Empty for those who may not have the file."""
    if not request.user.has_perm(PERMISSION):
        return ""
    asked = request.GET.copy()
    asked.pop("p", None)
    url = reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_csv")
    return f"{url}?{asked.urlencode()}" if asked else url


def export_page(model_admin: ModelAdmin[Any], request: HttpRequest, columns: Sequence[Any]) -> HttpResponse:
    """Of the rows that the list shows for the same filters and search, however many they are."""
    require(request, PERMISSION)
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    list_url = reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_changelist")
    try:
        listed = model_admin.get_changelist_instance(request)
    except NoSuchFilter as problem:
        return without(request, problem, list_url)
    rows = listed.queryset
    plural = str(model_admin.opts.verbose_name_plural)
    many = f"{'more than ' if getattr(listed.paginator, 'capped', False) else ''}{listed.result_count:,} {plural}"
    back = f"{list_url}?{request.GET.urlencode()}"
    question = Question(f"{many} as CSV", SENTENCE, f"Download {many}", back, count=listed.result_count)

    def act(answers: Mapping[str, Any]) -> HttpResponse:
        count = rows.order_by().count()
        record(request.user, "export", plural, _selection(request), count, answers["reason"], f"{count:,} rows as CSV.")
        return _download(lines(model_admin, rows, columns), f"{slugify(plural)}.csv")

    return ask_then_do(request, model_admin.admin_site, question, act)


def _selection(request: HttpRequest) -> dict[str, Any]:
    return {"all_matching": "&".join(f"{key}={value}" for key, value in request.GET.items())}


def lines(model_admin: ModelAdmin[Any], rows: QuerySet[Any], columns: Sequence[Any]) -> Iterator[str]:
    labels = [str(label_for_field(column, rows.model, model_admin)) for column in columns]
    return lines_of(labels, ([cell(model_admin, row, column) for column in columns] for row in one_after_the_other(rows)))


def lines_of(head: Sequence[str], table: Iterator[Sequence[Any]]) -> Iterator[str]:
    """What a spreadsheet would take for a formula is quoted by the writer."""
    write = csv.writer(Echo()).writerow
    yield write(head)
    for cells in table:
        yield write(cells)


def one_after_the_other(rows: QuerySet[Any]) -> Iterator[Any]:
    """By key, some at a time: outside a transaction a cursor of PostgreSQL would first write all of them to its disk."""
    ordered = rows.order_by("pk")
    part = list(ordered[:ROWS_A_READ])
    while part:
        yield from part
        part = list(ordered.filter(pk__gt=part[-1].pk)[:ROWS_A_READ])


def _download(content: Iterator[str], name: str) -> HttpResponse:
    answer = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    # A response all the same; the stubs know the two apart.
    return answer  # type: ignore[return-value]


def download(head: Sequence[str], table: Iterator[Sequence[Any]], name: str) -> HttpResponse:
    return _download(lines_of(head, table), name)
