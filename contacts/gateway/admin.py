"""What callers were told of their calls, and what is in its way; sent again by the technical owner."""

from __future__ import annotations

from django.contrib import admin

from contacts.gateway.models import Callback
from iterable_admin.audit.notice_pages import NoticePages, retry_of_notices

RETRY = retry_of_notices("call_again", "gateway.retry_callback")


@admin.register(Callback)
class CallbackAdmin(NoticePages):
    operations = (RETRY,)
    list_display = ("id", "created", "source", "event", "outcome", "code", "verdict", "attempts", "what_next")
    list_select_related = ("event__source", "delivery")
    list_filter = ("state", "outcome", "event__source")
    search_numbers = ("id",)
    figures = ("attempts",)
    fields = readonly_fields = (
        *("source", "event", "delivery", "outcome", "code", "verdict", "what_next"),
        *("attempts", "created", "sent"),
    )

    @admin.display(description="source")
    def source(self, callback: Callback) -> str:
        return str(callback.event.source)
