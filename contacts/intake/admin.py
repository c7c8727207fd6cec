from __future__ import annotations

from django.contrib import admin

from contacts.intake.models import EventType
from iterable_admin.audit.browsing import Maintained


@admin.register(EventType)
class EventTypeAdmin(Maintained):
    list_display = ("name", "slug", "active", "forward", "company_only", "subscribes_to", "send_derived_grants")
    list_filter = ("active", "forward", "company_only")
    list_select_related = ("subscribes_to",)
    ordering = ("name",)
    search_words = ("name", "slug")
