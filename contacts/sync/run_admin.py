"""Runs of the sync: browsed by owners, started, decided on and repaired by the technical owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from contacts.sync.dismissing import dismissible
from contacts.sync.models import SyncRun
from contacts.sync.next_steps import next_step_of_run
from contacts.sync.operating import Actor, dismiss_rows, dry_run, retry_failed_rows, run_now
from contacts.sync.pages.progress import told
from contacts.sync.pages.run_actions import BY_NAME
from contacts.sync.pages.run_page import note_look, run_page
from contacts.sync.reasons import next_step_of
from contacts.sync.retrying import retryable
from iterable_admin.audit.asking import Question, ask_then_do, require
from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.audit.pills import moment, pill

PERMISSION = "sync.operate_syncrun"
VIEW = "sync.view_syncrun"
LIST = "admin:sync_syncrun_changelist"
PAGE = "admin:sync_syncrun_change"


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnly):
    list_display = (
        *("id", "started", "of_definition", "verdict", "what_next", "failed", "delivered", "read", "unchanged", "skipped"),
        *("dry_run", "trigger"),
    )
    export_columns = (*list_display, "enqueued")
    figures = ("failed", "delivered", "read", "unchanged", "skipped")
    list_display_links = ("id", "started")
    list_filter = ("state", "dry_run", ("started_at", admin.DateFieldListFilter), "definition")
    list_select_related = ("definition",)
    ordering = ("-id",)
    search_numbers = ("id",)
    change_list_template = "admin/buttons_change_list.html"
    change_form_template = "admin/sync/syncrun/change_form.html"
    fields = (
        *("id", "definition", "dry_run", "trigger", "started_by", "today", "window_start", "limit", "only_email"),
        *("started", "read_until", "finished", "process", "takes", "decision", "decided_by", "decided", "error"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncRun]:
        runs: QuerySet[SyncRun] = super().get_queryset(request)
        return runs.select_related("definition", "undoes", "executes", "started_by")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("run-now/", wrap(self.run_now), name="sync_syncrun_run_now"),
            path("dry-run/", wrap(self.dry_run), name="sync_syncrun_dry_run"),
            path("<int:pk>/progress/", wrap(self.progress), name="sync_syncrun_progress"),
            path("<int:pk>/do/<slug:name>/", wrap(self.do), name="sync_syncrun_do"),
            path("<int:pk>/retry-failed-rows/", wrap(self.retry_failed_rows), name="sync_syncrun_retry_failed_rows"),
            path("<int:pk>/dismiss-failed-rows/", wrap(self.dismiss_failed_rows), name="sync_syncrun_dismiss_failed_rows"),
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
        run = self.get_object(request, object_id)
        context = run_page(run, request.user) if isinstance(run, SyncRun) else {}
        note_look(run, request.user, context)
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the page's script asks for while a run is under way."""
        require(request, VIEW)
        return JsonResponse(told(get_object_or_404(SyncRun.objects.select_related("definition", "undoes"), pk=pk)))

    def run_now(self, request: HttpRequest) -> HttpResponse:
        sentence = "The sync starts on its own cluster at once: it reads the warehouse and sends only what changed."
        return self._start(request, Question("Run the sync now", sentence, "Run now", reverse(LIST)), run_now)

    def dry_run(self, request: HttpRequest) -> HttpResponse:
        sentence = "The warehouse is read and compared, nothing is stored or sent; the run shows what would be."
        return self._start(request, Question("Dry run", sentence, "Dry run", reverse(LIST)), dry_run)

    def _start(self, request: HttpRequest, question: Question, start: Callable[[Actor, str], SyncRun]) -> HttpResponse:
        require(request, PERMISSION)

        def act(answers: Mapping[str, Any]) -> str:
            return f"Started {start(request.user, answers['reason'])}. Its page shows how far it is."

        return ask_then_do(request, self.admin_site, question, act)

    def do(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        require(request, PERMISSION)
        run = get_object_or_404(SyncRun.objects.select_related("definition"), pk=pk)
        if not (action := BY_NAME.get(name)):
            raise Http404(f"Nothing called {name} can be done to a run.")
        count = action.count(run)
        question = Question(
            title=f"{action.label}: {run}" + ("" if count is None else f", {count:,} rows"),
            sentence=action.sentence,
            submit=action.label,
            back=reverse(PAGE, args=[pk]),
            count=count,
            notes=action.notes(run),
        )
        return ask_then_do(request, self.admin_site, question, lambda answers: action.act(run, request.user, answers["reason"]))

    def retry_failed_rows(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, PERMISSION)
        run, code = get_object_or_404(SyncRun, pk=pk), request.GET.get("code")
        rows = run.rows.all() if code is None else run.rows.filter(reason_code=code)
        count = retryable(rows).count()
        question = Question(
            title=f"Retry {count} failed rows of {run}{_of(code)}",
            sentence="They are sent again with the newest values that are known of these people.",
            submit=f"Retry {count}",
            back=reverse(PAGE, args=[pk]),
            count=count,
            notes=[next_step_of(code)] if code else [],
        )

        def act(answers: Mapping[str, Any]) -> str:
            return f"{retry_failed_rows(run, request.user, answers['reason'], code)} rows of {run} taken up again."

        return ask_then_do(request, self.admin_site, question, act)

    def dismiss_failed_rows(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, PERMISSION)
        run, code = get_object_or_404(SyncRun, pk=pk), request.GET.get("code", "")
        count = dismissible(run.rows.filter(reason_code=code)).count()
        question = Question(
            title=f"Dismiss {count} failed rows of {run}{_of(code)}",
            sentence="They stay failed, and nobody is asked to act on them any more. The next run tries them again all the same.",
            submit=f"Dismiss {count}",
            back=reverse(PAGE, args=[pk]),
            count=count,
        )

        def act(answers: Mapping[str, Any]) -> str:
            return f"{dismiss_rows(run, request.user, answers['reason'], code)} rows of {run} dismissed."

        return ask_then_do(request, self.admin_site, question, act)

    @admin.display(description="definition", ordering="definition")
    def of_definition(self, run: SyncRun) -> str:
        return str(run.definition)

    @admin.display(description="started", ordering="started_at")
    def started(self, run: SyncRun) -> str:
        return moment(run.started_at)

    @admin.display(description="last row compared")
    def read_until(self, run: SyncRun) -> str:
        return moment(run.read_at)

    @admin.display(description="finished")
    def finished(self, run: SyncRun) -> str:
        return moment(run.finished_at)

    @admin.display(description="decided")
    def decided(self, run: SyncRun) -> str:
        return moment(run.decided_at)

    @admin.display(description="state", ordering="state")
    def verdict(self, run: SyncRun) -> str:
        return pill(run.state, run.get_state_display())

    @admin.display(description="why, and what happens next")
    def what_next(self, run: SyncRun) -> str:
        return next_step_of_run(run, brief=True)


def _of(code: str | None) -> str:
    return f": {code.replace('_', ' ')}" if code else ""
