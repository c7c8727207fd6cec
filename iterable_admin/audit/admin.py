from __future__ import annotations

from django.contrib import admin

from iterable_admin.audit import bulk_admin  # noqa: F401 - importing registers it
from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.audit.maintaining import Reasoned
from iterable_admin.audit.models import Dri, OperatorAction
from iterable_admin.audit.pills import moment


@admin.register(Dri)
class DriAdmin(Reasoned):
    fields = ("role", "name", "email", "notes")
    list_display = ("role", "holder", "email", "notes")
    ordering = ("role",)
    search_words = ("name", "email")

    @admin.display(description="person", ordering="name")
    def holder(self, dri: Dri) -> str:
        return dri.name or "! vacant: the business owner names somebody"


@admin.register(OperatorAction)
class OperatorActionAdmin(ReadOnly):
    list_display = ("id", "when", "actor_name", "verb", "subject", "count", "reason", "result")
    list_filter = ("verb", ("at", admin.DateFieldListFilter))
    ordering = ("-at", "-id")
    search_words = ("actor_name", "verb", "subject")
    search_numbers = ("id",)
    fields = ("id", "when", "actor_name", "verb", "subject", "selection", "count", "reason", "result")
    readonly_fields = fields

    @admin.display(description="at", ordering="at")
    def when(self, action: OperatorAction) -> str:
        return moment(action.at)
