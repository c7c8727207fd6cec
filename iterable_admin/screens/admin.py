"""Django-Q's tables are plumbing: read by superusers alone, and never the place to retry from."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django_q.models import Failure, OrmQ, Schedule, Success

from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.screens.monday import admin as monday_admin  # noqa: F401 - importing registers it
from iterable_admin.waking.models import WakeUp


class Plumbing(ReadOnly):
    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


@admin.register(WakeUp)
class WakeUpAdmin(Plumbing):
    list_display = ("name", "pending", "asked_at", "started_at", "finished_at")
    ordering = ("name",)


class ScheduleAdmin(Plumbing):
    list_display = ("id", "name", "func", "schedule_type", "cron", "minutes", "repeats", "next_run", "cluster")
    ordering = ("id",)


class TaskAdmin(Plumbing):
    list_display = ("id", "name", "func", "started", "stopped")
    ordering = ("-started", "id")


class QueueAdmin(Plumbing):
    list_display = ("id", "key", "lock")
    ordering = ("-id",)
    # The message itself is a signed pickle: nobody's reading.
    fields = ("id", "key", "lock")
    readonly_fields = fields


REPLACED = {Schedule: ScheduleAdmin, Success: TaskAdmin, Failure: TaskAdmin, OrmQ: QueueAdmin}

for model, model_admin in REPLACED.items():
    if admin.site.is_registered(model):
        admin.site.unregister(model)
    admin.site.register(model, model_admin)
