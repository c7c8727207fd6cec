from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html

from iterable_admin.audit.maintaining import Reasoned
from iterable_admin.audit.pills import moment
from journeys.models import Journey


@admin.register(Journey)
class JourneyAdmin(Reasoned):
    list_display = ("name", "in_iterable", "workflow_id", "folder_id", "trigger_event", "running", "seen", "notes")
    list_filter = ("enabled",)
    ordering = ("name", "id")
    search_words = ("name", "trigger_event")
    search_numbers = ("workflow_id", "folder_id")
    fields = ("name", "in_iterable", "workflow_id", "folder_id", "trigger_event", "description", "running", "seen", "notes")
    readonly_fields = fields[:-1]

    def has_add_permission(self, request: object) -> bool:
        return False

    @admin.display(description="in Iterable")
    def in_iterable(self, journey: Journey) -> str:
        if not journey.url:
            return "-"
        return format_html('<a href="{}" target="_blank" rel="noopener noreferrer">open in Iterable ↗</a>', journey.url)

    @admin.display(description="state", ordering="enabled")
    def running(self, journey: Journey) -> str:
        if journey.enabled is None:
            return "· not known yet"
        return "✓ enabled" if journey.enabled else "- disabled"

    @admin.display(description="last seen in Iterable", ordering="seen_at")
    def seen(self, journey: Journey) -> str:
        return moment(journey.seen_at)
