"""What the lists of notices have in common, whichever room tells them: their state, what happens next, and the retry."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from iterable_admin.audit.notices import Notice, retry, retryable
from iterable_admin.audit.operating import Operated, Operation
from iterable_admin.audit.pills import moment, pill


def retry_of_notices(name: str, permission: str, besides: str = "") -> Operation:
    """`besides`: what else is to be known of when they are sent."""
    return Operation(
        name=name,
        label="Retry",
        permission=permission,
        sentence=f"They are sent again at the next sweep, within a minute{besides}.",
        left_alone="What is delivered or on its way is left alone.",
        fit=retryable,
        act=lambda rows, _user, _reason: retry(rows),
    )


class NoticePages(Operated):
    ordering = ("-id",)

    @admin.display(description="written", ordering="created_at")
    def created(self, notice: Notice) -> str:
        return moment(notice.created_at)

    @admin.display(description="sent")
    def sent(self, notice: Notice) -> str:
        return moment(notice.sent_at)

    @admin.display(description="state", ordering="state")
    def verdict(self, notice: Notice) -> SafeString:
        return pill(notice.state, notice.get_state_display())

    @admin.display(description="why, and what happens next")
    def what_next(self, notice: Notice) -> str:
        match notice.state:
            case Notice.State.WAITING:
                return f"{notice.error} It is tried again by itself."
            case Notice.State.NEEDS_YOU:
                return f"{notice.error} The technical owner mends that, then retries it."
        return ""
