"""Bulk actions: how far each is, what it left alone and why, and the button that stops it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from iterable_admin.audit.asking import Question, ask_then_do, require
from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.audit.bulk.carrying_out import cancel, operation_of
from iterable_admin.audit.bulk.left_alone import by_reason, left_alone
from iterable_admin.audit.bulk.progress import WIDTH, told
from iterable_admin.audit.bulk.wording import next_step, outcome, rows_of
from iterable_admin.audit.exporting import PERMISSION as EXPORT
from iterable_admin.audit.exporting import download
from iterable_admin.audit.models import BulkAction
from iterable_admin.audit.pills import moment, pill
from iterable_admin.audit.recording import record

VIEW = "audit.view_bulkaction"
PAGE = "admin:audit_bulkaction_change"


@admin.register(BulkAction)
class BulkActionAdmin(ReadOnly):
    list_display = ("id", "begun", "what", "verdict", "what_next", "done", "alone", "actor_name", "reason")
    list_display_links = ("id", "begun")
    list_filter = ("state", ("created_at", admin.DateFieldListFilter))
    ordering = ("-id",)
    search_words = ("actor_name",)
    search_numbers = ("id",)
    fields = ("actor_name", "reason", "begun", "started", "finished", "selection")
    readonly_fields = fields
    change_form_template = "admin/audit/bulkaction/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/progress/", wrap(self.progress), name="audit_bulkaction_progress"),
            path("<int:pk>/cancel/", wrap(self.cancel), name="audit_bulkaction_cancel"),
            path("<int:pk>/left-alone/", wrap(self.left_alone), name="audit_bulkaction_left_alone"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        bulk = self.get_object(request, object_id)
        context = page(bulk, request) if isinstance(bulk, BulkAction) else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the page's script asks for while it is under way."""
        require(request, VIEW)
        return JsonResponse(told(get_object_or_404(BulkAction, pk=pk)))

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, VIEW)
        bulk = get_object_or_404(BulkAction, pk=pk)
        if not may_cancel(bulk, request):
            raise PermissionDenied
        rest = bulk.total - bulk.done - bulk.left_alone
        question = Question(
            title=f"Cancel {bulk}: {rest:,} {rows_of(bulk)} not reached yet",
            sentence="What was done stays done. What was not reached by then is not touched, and can be chosen again.",
            submit=f"Cancel {bulk}",
            back=reverse(PAGE, args=[pk]),
            count=rest,
        )
        return ask_then_do(request, self.admin_site, question, lambda answers: cancel(pk, request.user, answers["reason"]))

    def left_alone(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, VIEW)
        require(request, EXPORT)
        bulk = get_object_or_404(BulkAction, pk=pk)
        count = bulk.left_alone
        question = Question(
            title=f"{count:,} {rows_of(bulk)} left alone, as CSV",
            sentence="One line for each row, with its number and why it was left alone. The download begins at once.",
            submit=f"Download {count:,} rows",
            back=reverse(PAGE, args=[pk]),
            count=count,
        )

        def act(answers: Mapping[str, Any]) -> HttpResponse:
            record(request.user, "export", f"left alone by {bulk}", {"bulk_action": pk}, count, answers["reason"], "As CSV.")
            table = ((str(key), reason) for reason, key in left_alone(bulk))
            return download(("id", "why"), table, f"left-alone-{pk}.csv")

        return ask_then_do(request, self.admin_site, question, act)

    @admin.display(description="what", ordering="operation")
    def what(self, bulk: BulkAction) -> str:
        return f"{bulk.label}: {bulk.total:,} {rows_of(bulk)}"

    @admin.display(description="begun", ordering="created_at")
    def begun(self, bulk: BulkAction) -> str:
        return moment(bulk.created_at)

    @admin.display(description="taken up")
    def started(self, bulk: BulkAction) -> str:
        return moment(bulk.started_at)

    @admin.display(description="finished")
    def finished(self, bulk: BulkAction) -> str:
        return moment(bulk.finished_at)

    @admin.display(description="left alone")
    def alone(self, bulk: BulkAction) -> str:
        return f"{bulk.left_alone:,}"

    @admin.display(description="state", ordering="state")
    def verdict(self, bulk: BulkAction) -> str:
        return pill(bulk.state, bulk.get_state_display())

    @admin.display(description="what happens next")
    def what_next(self, bulk: BulkAction) -> str:
        return next_step(bulk)


def page(bulk: BulkAction, request: HttpRequest) -> dict[str, Any]:
    return {
        "title": f"{bulk.label}: {bulk.total:,} {rows_of(bulk)} (bulk action {bulk.pk})",
        "subtitle": None,
        "progress": told(bulk),
        "full_width": WIDTH,
        "verdict": pill(bulk.state, bulk.get_state_display()),
        "outcome": outcome(bulk),
        "reasons": by_reason(bulk),
        "may_cancel": bulk.state in BulkAction.OPEN and may_cancel(bulk, request),
        "may_export": bool(bulk.left) and request.user.has_perm(EXPORT),
    }


def may_cancel(bulk: BulkAction, request: HttpRequest) -> bool:
    """Whoever might have begun it."""
    operation = operation_of(bulk)
    return operation is not None and request.user.has_perm(operation.permission)
