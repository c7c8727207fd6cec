from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from contacts.sync.models import SyncDefinition, SyncRow, SyncRun
from iterable_admin.audit.browsing import Maintained, ReadOnly
from iterable_admin.audit.pills import moment, pill


@admin.register(SyncDefinition)
class SyncDefinitionAdmin(Maintained):
    list_display = ("name", "slug", "enabled", "notes")
    ordering = ("name",)
    search_words = ("name", "slug")
    fields = ("name", "slug", "enabled", "notes")

    def has_add_permission(self, request: object) -> bool:
        return False

    def get_readonly_fields(self, request: object, obj: SyncDefinition | None = None) -> tuple[str, ...]:
        return ("slug",)


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnly):
    list_display = (
        *("id", "started", "definition", "verdict", "dry_run", "trigger"),
        *("read", "unchanged", "enqueued", "delivered", "skipped", "failed", "what_next"),
    )
    list_display_links = ("id", "started")
    list_filter = ("state", "dry_run", ("started_at", admin.DateFieldListFilter))
    list_select_related = ("definition",)
    ordering = ("-id",)
    search_numbers = ("id",)
    fields = (
        *("id", "definition", "verdict", "what_next", "dry_run", "trigger", "started_by", "today", "window_start", "limit"),
        *("started", "read_until", "finished", "read", "unchanged", "enqueued", "delivered", "skipped", "failed"),
        *("skipped_reasons", "error"),
    )
    readonly_fields = fields

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
    def verdict(self, run: SyncRun) -> SafeString:
        return pill(run.state, run.get_state_display())

    @admin.display(description="why, and what happens next")
    def what_next(self, run: SyncRun) -> str:
        match run.state:
            case SyncRun.State.RUNNING | SyncRun.State.DELIVERING:
                return "Under way: it ends by itself."
            case SyncRun.State.WITH_ERRORS:
                return f"{run.failed} rows failed. The technical owner retries them; the next nightly run repairs them too."
            case SyncRun.State.FAILED | SyncRun.State.INTERRUPTED:
                return f"{run.error} The technical owner runs it again; the next nightly run repairs what is left.".strip()
        return ""


@admin.register(SyncRow)
class SyncRowAdmin(ReadOnly):
    list_display = ("id", "updated", "run", "person", "verdict", "changed_fields", "what_next")
    list_filter = ("state", ("updated_at", admin.DateFieldListFilter))
    list_select_related = ("run",)
    ordering = ("-id",)
    search_addresses = ("email",)
    search_words = ("address_key",)
    search_numbers = ("id", "run_id")
    search_help_text = "An email address or its beginning, or a run's number."
    fields = (
        "id",
        "run",
        "person",
        "verdict",
        "what_next",
        "reason_code",
        "changed_fields",
        "fingerprint",
        "updated",
        "address_key",
    )
    readonly_fields = fields

    @admin.display(description="updated", ordering="updated_at")
    def updated(self, row: SyncRow) -> str:
        return moment(row.updated_at)

    @admin.display(description="person", ordering="email")
    def person(self, row: SyncRow) -> str:
        return row.email or f"erased ({row.address_key[:8]})"

    @admin.display(description="state", ordering="state")
    def verdict(self, row: SyncRow) -> SafeString:
        return pill(row.state, row.get_state_display())

    @admin.display(description="why, and what happens next")
    def what_next(self, row: SyncRow) -> str:
        then = "The technical owner retries it, or the next nightly run does." if row.state == SyncRow.State.FAILED else ""
        return f"{row.reason} {then}".strip()
