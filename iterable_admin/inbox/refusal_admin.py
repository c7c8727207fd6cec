"""Calls that were refused at the door, a line for each source, reason, endpoint and day."""

from __future__ import annotations

from django.contrib import admin

from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.audit.pills import moment
from iterable_admin.inbox.models import RefusedCall
from iterable_admin.inbox.refusing import MENDS


@admin.register(RefusedCall)
class RefusedCallAdmin(ReadOnly):
    list_display = ("id", "day", "source", "why", "endpoint", "count", "last", "what_next")
    list_select_related = ("source",)
    list_filter = ("why", "source", ("day", admin.DateFieldListFilter))
    ordering = ("-id",)
    search_numbers = ("id",)
    figures = ("count",)
    fields = readonly_fields = ("source", "day", "why", "endpoint", "count", "first", "last", "what_next")

    @admin.display(description="first")
    def first(self, line: RefusedCall) -> str:
        return moment(line.first_at)

    @admin.display(description="last", ordering="last_at")
    def last(self, line: RefusedCall) -> str:
        return moment(line.last_at)

    @admin.display(description="who mends it")
    def what_next(self, line: RefusedCall) -> str:
        return MENDS[RefusedCall.Why(line.why)]
