"""What is told of the alerts, by which way, and what is in its way; sent again by the technical owner."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from contacts.sync.models import SyncNotice
from iterable_admin.audit.notices import retry, retryable
from iterable_admin.audit.operating import Operated, Operation
from iterable_admin.audit.pills import moment, pill

RETRY = Operation(
    name="tell_again",
    label="Retry",
    permission="sync.operate_syncrun",
    sentence="They are sent again at the next sweep, within a minute; those of a muted trigger when it is over.",
    left_alone="What is delivered or on its way is left alone.",
    fit=retryable,
    act=lambda rows, _user, _reason: retry(rows),
)


@admin.register(SyncNotice)
class SyncNoticeAdmin(Operated):
    operations = (RETRY,)
    list_display = ("id", "created", "alert", "change", "way", "verdict", "attempts", "what_next")
    list_select_related = ("alert",)
    list_filter = ("state", "way", "change")
    ordering = ("-id",)
    search_numbers = ("id",)
    fields = readonly_fields = ("alert", "change", "way", "verdict", "what_next", "attempts", "created", "sent")

    @admin.display(description="created", ordering="created_at")
    def created(self, notice: SyncNotice) -> str:
        return moment(notice.created_at)

    @admin.display(description="sent")
    def sent(self, notice: SyncNotice) -> str:
        return moment(notice.sent_at)

    @admin.display(description="state", ordering="state")
    def verdict(self, notice: SyncNotice) -> SafeString:
        return pill(notice.state, notice.get_state_display())

    @admin.display(description="why, and what happens next")
    def what_next(self, notice: SyncNotice) -> str:
        match notice.state:
            case SyncNotice.State.WAITING:
                return f"{notice.error} It is tried again by itself."
            case SyncNotice.State.NEEDS_YOU:
                return f"{notice.error} The technical owner mends that, then retries it."
        return ""
