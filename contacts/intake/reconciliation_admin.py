"""Reconciliations with Iterable: browsed by owners, started by the technical owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from contacts.intake.models import Reconciliation
from contacts.intake.reconciling import begin, next_step_of_reconciliation
from contacts.intake.reconciling_tasks import queue
from iterable_admin.audit.asking import Question, ask_then_do, require
from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.audit.pills import moment, pill
from iterable_admin.audit.recording import record

PERMISSION = "intake.operate_reconciliation"
LIST = "admin:intake_reconciliation_changelist"
RUN_NOW = "admin:intake_reconciliation_run_now"


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnly):
    list_display = ("id", "started", "verdict", "span", "read", "found", "what_next", "trigger")
    figures = ("read", "found")
    list_display_links = ("id", "started")
    list_filter = ("state",)
    ordering = ("-id",)
    search_numbers = ("id",)
    change_list_template = "admin/buttons_change_list.html"
    fields = ("id", "trigger", "verdict", "span", "started", "ended", "read", "found", "by_export", "what_next", "process")
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [path("run-now/", wrap(self.run_now), name="intake_reconciliation_run_now"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        buttons = [("Run now …", reverse(RUN_NOW))] if request.user.has_perm(PERMISSION) else []
        return super().changelist_view(request, {"buttons": buttons, **(extra_context or {})})

    def run_now(self, request: HttpRequest) -> HttpResponse:
        require(request, PERMISSION)
        sentence = "Iterable's exports since the last one are read on the sync's cluster; what no webhook told is made up for."

        def act(answers: Mapping[str, Any]) -> str:
            row = begin("operator")
            queue(row)
            record(request.user, "run now", str(row), {"reconciliation": row.pk}, 1, answers["reason"], f"Started {row}.")
            return f"Started {row}. Reload this page to see it go on."

        return ask_then_do(request, self.admin_site, Question("Reconcile now", sentence, "Run now", reverse(LIST)), act)

    @admin.display(description="started", ordering="started_at")
    def started(self, row: Reconciliation) -> str:
        return moment(row.started_at)

    @admin.display(description="ended")
    def ended(self, row: Reconciliation) -> str:
        return moment(row.ended_at)

    @admin.display(description="state", ordering="state")
    def verdict(self, row: Reconciliation) -> str:
        return pill(row.state, row.get_state_display())

    @admin.display(description="from, until (UTC)")
    def span(self, row: Reconciliation) -> str:
        return f"{row.since:%Y-%m-%d %H:%M} to {row.until:%Y-%m-%d %H:%M}"

    @admin.display(description="by export")
    def by_export(self, row: Reconciliation) -> str:
        parts = (f"{kind}: {counts['new']:,} new of {counts['read']:,}" for kind, counts in row.drift.items())
        return "; ".join(parts) or "-"

    @admin.display(description="why, and what happens next")
    def what_next(self, row: Reconciliation) -> str:
        return next_step_of_reconciliation(row)
