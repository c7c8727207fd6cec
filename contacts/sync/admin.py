from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from contacts.sync import alert_admin, run_admin  # noqa: F401 - importing registers them
from contacts.sync.models import SyncDefinition, SyncRow
from contacts.sync.next_steps import next_step_of_row
from contacts.sync.retrying import retry_rows, retryable
from iterable_admin.audit.maintaining import Reasoned
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


@admin.register(SyncDefinition)
class SyncDefinitionAdmin(Reasoned):
    list_display = ("name", "slug", "enabled", "notes")
    ordering = ("name",)
    search_words = ("name", "slug")
    fields = ("name", "slug", "enabled", "notes")

    def has_add_permission(self, request: object) -> bool:
        return False

    def get_readonly_fields(self, request: object, obj: SyncDefinition | None = None) -> tuple[str, ...]:
        return ("slug",)


@admin.register(SyncRow)
class SyncRowAdmin(Operated):
    operations = (RETRY,)
    change_form_template = "admin/sync/syncrow/change_form.html"
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
        return next_step_of_row(row)
