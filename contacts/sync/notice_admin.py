"""What is told of the alerts, by which way, and what is in its way; sent again by the technical owner."""

from __future__ import annotations

from django.contrib import admin

from contacts.sync.models import SyncNotice
from iterable_admin.audit.notice_pages import NoticePages, retry_of_notices

RETRY = retry_of_notices("tell_again", "sync.operate_syncrun", "; those of a muted trigger when it is over")


@admin.register(SyncNotice)
class SyncNoticeAdmin(NoticePages):
    operations = (RETRY,)
    list_display = ("id", "created", "alert", "change", "way", "verdict", "attempts", "what_next")
    list_select_related = ("alert",)
    list_filter = ("state", "way", "change")
    search_numbers = ("id",)
    fields = readonly_fields = ("alert", "change", "way", "verdict", "what_next", "attempts", "created", "sent")
