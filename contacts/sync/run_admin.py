"""Runs of the sync: browsed by owners, started and repaired by the technical owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from contacts.sync.models import SyncRun
from contacts.sync.next_steps import next_step_of_run
from contacts.sync.operating import Actor, dry_run, retry_failed_rows, run_again, run_now
from contacts.sync.retrying import retryable
from iterable_admin.audit.asking import Question, ask_then_do, require
from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.audit.pills import moment, pill

PERMISSION = "sync.operate_syncrun"
NOT_WHOLE = (SyncRun.State.FAILED, SyncRun.State.STOPPED, SyncRun.State.WITH_ERRORS)
LIST = "admin:sync_syncrun_changelist"


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnly):
    list_display = (
        *("id", "started", "verdict", "what_next", "read", "unchanged", "enqueued", "delivered", "skipped", "failed"),
        *("dry_run", "trigger"),
    )
    list_display_links = ("id", "started")
    list_filter = ("state", "dry_run", ("started_at", admin.DateFieldListFilter))
    ordering = ("-id",)
    search_numbers = ("id",)
    change_list_template = "admin/buttons_change_list.html"
    change_form_template = "admin/sync/syncrun/change_form.html"
    fields = (
        *("id", "definition", "dry_run", "trigger", "started_by", "today", "window_start", "limit"),
        *("started", "read_until", "finished", "read", "unchanged", "enqueued", "delivered", "skipped", "failed"),
        *("why_skipped", "error"),
    )
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("run-now/", wrap(self.run_now), name="sync_syncrun_run_now"),
            path("dry-run/", wrap(self.dry_run), name="sync_syncrun_dry_run"),
            path("<int:pk>/run-again/", wrap(self.run_again), name="sync_syncrun_run_again"),
            path("<int:pk>/retry-failed-rows/", wrap(self.retry_failed_rows), name="sync_syncrun_retry_failed_rows"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        buttons = [
            ("Run now …", reverse("admin:sync_syncrun_run_now")),
            ("Dry run …", reverse("admin:sync_syncrun_dry_run")),
        ]
        offered = buttons if request.user.has_perm(PERMISSION) else []
        return super().changelist_view(request, {"buttons": offered, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"operates": request.user.has_perm(PERMISSION), "not_whole": NOT_WHOLE}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def run_now(self, request: HttpRequest) -> HttpResponse:
        sentence = "The sync starts on its own cluster at once: it reads the warehouse and sends only what changed."
        return self._start(request, Question("Run the sync now", sentence, "Run now", reverse(LIST)), run_now)

    def dry_run(self, request: HttpRequest) -> HttpResponse:
        sentence = "The warehouse is read and compared, nothing is stored or sent; the run shows what would be."
        return self._start(request, Question("Dry run", sentence, "Dry run", reverse(LIST)), dry_run)

    def run_again(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = get_object_or_404(SyncRun, pk=pk)
        sentence = f"A new run starts with today's window and repairs what {run} left; that one stays as it ended."
        question = Question(f"Run again: {run}", sentence, "Run again", reverse(LIST))
        return self._start(request, question, lambda user, reason: run_again(run, user, reason))

    def _start(self, request: HttpRequest, question: Question, start: Callable[[Actor, str], SyncRun]) -> HttpResponse:
        require(request, PERMISSION)

        def act(answers: Mapping[str, Any]) -> str:
            begun = start(request.user, answers["reason"])
            return f"Started {begun}. Reload this page to see it go on."

        return ask_then_do(request, self.admin_site, question, act)

    def retry_failed_rows(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, PERMISSION)
        run = get_object_or_404(SyncRun, pk=pk)
        count = retryable(run.rows.all()).count()
        question = Question(
            title=f"Retry {count} failed rows of {run}",
            sentence="They are sent again with the newest values that are known of these people.",
            submit=f"Retry {count}",
            back=reverse("admin:sync_syncrun_change", args=[pk]),
            count=count,
        )

        def act(answers: Mapping[str, Any]) -> str:
            return f"{retry_failed_rows(run, request.user, answers['reason'])} rows of {run} taken up again."

        return ask_then_do(request, self.admin_site, question, act)

    @admin.display(description="started", ordering="started_at")
    def started(self, run: SyncRun) -> str:
        return moment(run.started_at)

    @admin.display(description="last row compared")
    def read_until(self, run: SyncRun) -> str:
        return moment(run.read_at)

    @admin.display(description="finished")
    def finished(self, run: SyncRun) -> str:
        return moment(run.finished_at)

    @admin.display(description="state", ordering="state")
    def verdict(self, run: SyncRun) -> str:
        return pill(run.state, run.get_state_display())

    @admin.display(description="why skipped")
    def why_skipped(self, run: SyncRun) -> str:
        return ", ".join(f"{code.replace('_', ' ')} {count}" for code, count in run.skipped_reasons.items()) or "-"

    @admin.display(description="why, and what happens next")
    def what_next(self, run: SyncRun) -> str:
        return next_step_of_run(run)
