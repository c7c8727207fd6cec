"""Rows of runs: one person in one run each, with what differed, what was said, and what can be done."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from contacts.sync.dismissing import dismiss, dismissible
from contacts.sync.models import SyncRow, SyncRun
from contacts.sync.next_steps import next_step_of_row
from contacts.sync.pages.changes import changes
from contacts.sync.reasons import NEXT_STEPS, next_step_of
from contacts.sync.retrying import retry_rows, retryable
from iterable_admin.audit.browsing import LARGEST_NUMBER, one_of
from iterable_admin.audit.operating import Operated, Operation
from iterable_admin.audit.pills import moment, pill

RETRY = Operation(
    name="retry",
    label="Retry",
    permission="sync.operate_syncrun",
    sentence="They are sent again with the newest values that are known of these people.",
    left_alone="Only failed rows are taken up, and of those only what could be read; another run reads the rest again.",
    fit=retryable,
    act=lambda rows, _user, _reason: retry_rows(rows),
)
DISMISS = Operation(
    name="dismiss",
    label="Dismiss",
    permission="sync.operate_syncrun",
    sentence="They stay failed, and nobody is asked to act on them any more. The next run tries them again all the same.",
    left_alone="Only failed rows that nobody has dismissed yet are dismissed.",
    fit=dismissible,
    act=lambda rows, user, reason: dismiss(rows, user, reason),
)
NEWEST_RUNS = 8
MOST_WORDS = 2
BRIEF = ("sync_syncrow_changelist", "sync_syncrow_csv")


class OfRun(admin.SimpleListFilter):
    """The newest runs: any other is asked for by its number, in the search or by a link."""

    title = "run"
    parameter_name = "run__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        newest = SyncRun.objects.order_by("-pk").values_list("pk", flat=True)[:NEWEST_RUNS]
        return [(str(pk), f"run {pk}") for pk in newest]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SyncRow]) -> QuerySet[SyncRow]:
        value = self.value() or ""
        if not value:
            return queryset
        return queryset.filter(run=int(value)) if value.isdecimal() and int(value) <= LARGEST_NUMBER else queryset.none()


@admin.register(SyncRow)
class SyncRowAdmin(Operated):
    operations = (RETRY, DISMISS)
    change_form_template = "admin/sync/syncrow/change_form.html"
    list_display = ("id", "updated", "run", "person", "verdict", "what_next", "kind", "fields_changed")
    list_filter = (
        OfRun,
        "state",
        "kind",
        one_of("reason", "reason_code", sorted(NEXT_STEPS)),
        ("dismissed_at", admin.EmptyFieldListFilter),
        ("updated_at", admin.DateFieldListFilter),
    )
    list_select_related = ("run",)
    ordering = ("-id",)
    search_addresses = ("email",)
    search_words = ("address_key",)
    search_numbers = ("id", "run_id")
    search_help_text = "An email address or its beginning, or a run's number."
    export_columns = (
        *("run_id", "email", "state", "kind", "reason_code", "reason", "next_step", "changed_fields", "dismissed_by"),
        "updated_at",
    )
    fields = ("id", "run", "person", "kind", "reason_code", "clash", "updated", "dismissed", "fingerprint", "address_key")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncRow]:
        """The list and its file show no values, which may be long."""
        rows: QuerySet[SyncRow] = super().get_queryset(request)
        match = request.resolver_match
        return rows.defer("before", "after") if match and match.url_name in BRIEF else rows

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        context = {"lines": changes(row.before, row.after) if isinstance(row, SyncRow) else []}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @admin.display(description="updated", ordering="updated_at")
    def updated(self, row: SyncRow) -> str:
        return moment(row.updated_at)

    @admin.display(description="person", ordering="email")
    def person(self, row: SyncRow) -> str:
        return row.email or f"erased ({row.address_key[:8]})"

    @admin.display(description="state", ordering="state")
    def verdict(self, row: SyncRow) -> SafeString:
        if row.dismissed_at:
            return pill("dismissed", f"{row.get_state_display()}, dismissed")
        return pill(row.state, row.get_state_display())

    @admin.display(description="fields")
    def fields_changed(self, row: SyncRow) -> str:
        words, more = row.changed_fields[:MOST_WORDS], len(row.changed_fields) - MOST_WORDS
        return ", ".join([*map(str, words), *([f"{more} more"] if more > 0 else [])]) or "-"

    @admin.display(description="dismissed")
    def dismissed(self, row: SyncRow) -> str:
        return f"by {row.dismissed_by}: {row.dismissal}" if row.dismissed_at else "-"

    @admin.display(description="why, and what happens next")
    def what_next(self, row: SyncRow) -> str:
        return next_step_of_row(row)

    @admin.display(description="next step")
    def next_step(self, row: SyncRow) -> str:
        if row.dismissed_at:
            return next_step_of_row(row)
        return next_step_of(row.reason_code) if row.reason_code else ""
