"""Exceptions, runs, notifications and silence alarms."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.audit.maintaining import Reasoned
from iterable_admin.audit.notice_pages import NoticePages, retry_of_notices
from iterable_admin.audit.operating import Operated, Operation
from iterable_admin.audit.pills import moment, pill
from journeys.lint.excepting import end_exceptions
from journeys.lint.models import LintException, LintRun, Notification, SilenceAlarm
from journeys.lint.reach import AUDIENCE

# What a run keeps for pages, beside its counts.
NO_FIGURES = ("clock", AUDIENCE)
END = Operation(
    name="take_back",
    label="Take back",
    permission="journeys.except_lintfinding",
    sentence="They end now: what they excused is open again, and told.",
    left_alone="What has ended stays ended.",
    fit=lambda rows: rows.filter(ended_at=None),
    act=lambda rows, user, _reason: end_exceptions(rows, by=user.get_username()),
)
RETRY = retry_of_notices("retry_told", "journeys.retry_notification")


@admin.register(LintException)
class LintExceptionAdmin(Operated):
    operations = (END,)
    list_display = ("id", "code", "subject_name", "verdict", "owner", "reason", "by", "until")
    list_filter = ("code",)
    ordering = ("-id",)
    search_words = ("code", "subject_name", "owner")
    search_numbers = ("id",)
    fields = (
        "id",
        "code",
        "subject_kind",
        "subject_name",
        "verdict",
        "reason",
        "owner",
        "by",
        "made",
        "until",
        "ended",
        "ended_by",
    )
    readonly_fields = fields

    @admin.display(description="state", ordering="ended_at")
    def verdict(self, row: LintException) -> str:
        return pill("done", "ended") if row.ended_at else pill("held", "in force")

    @admin.display(description="made", ordering="created_at")
    def made(self, row: LintException) -> str:
        return moment(row.created_at)

    @admin.display(description="expires", ordering="expires_at")
    def until(self, row: LintException) -> str:
        return moment(row.expires_at)

    @admin.display(description="ended", ordering="ended_at")
    def ended(self, row: LintException) -> str:
        return moment(row.ended_at)


@admin.register(LintRun)
class LintRunAdmin(ReadOnly):
    list_display = ("id", "started", "verdict", "trigger", "quick", "told", "error")
    list_filter = ("quick",)
    ordering = ("-id",)
    search_numbers = ("id",)
    fields = ("id", "trigger", "quick", "started", "ended", "told", "error")
    readonly_fields = fields

    @admin.display(description="state")
    def verdict(self, run: LintRun) -> str:
        if run.error:
            return pill("failed", "failed")
        return pill("done", "ended") if run.ended_at else pill("running", "running")

    @admin.display(description="started", ordering="started_at")
    def started(self, run: LintRun) -> str:
        return moment(run.started_at)

    @admin.display(description="ended", ordering="ended_at")
    def ended(self, run: LintRun) -> str:
        return moment(run.ended_at)

    @admin.display(description="findings")
    def told(self, run: LintRun) -> str:
        return ", ".join(f"{count} {name}" for name, count in run.counts.items() if name not in NO_FIGURES) or "-"


@admin.register(Notification)
class NotificationAdmin(NoticePages):
    operations = (RETRY,)
    list_display = ("id", "created", "verdict", "way", "change", "about", "attempts", "what_next")
    list_filter = ("state", "way", "change")
    list_select_related = ("finding",)
    search_numbers = ("id", "finding_id")
    fields = (
        "id",
        "created",
        "verdict",
        "what_next",
        "way",
        "change",
        "about",
        "text",
        "exposed",
        "attempts",
        "next_try",
        "sent",
    )
    readonly_fields = fields

    @admin.display(description="finding")
    def about(self, row: Notification) -> str:
        url = reverse("admin:journeys_lintfinding_change", args=[row.finding_id])
        return format_html('<a href="{}">{}</a>', url, row.finding)

    @admin.display(description="next try")
    def next_try(self, row: Notification) -> str:
        return moment(row.next_attempt_at) if row.state == Notification.State.WAITING else "-"


@admin.register(SilenceAlarm)
class SilenceAlarmAdmin(Reasoned):
    list_display = ("event_name", "hours", "weekdays", "starts_at", "ends_at", "time_zone", "active", "notes")
    ordering = ("event_name",)
    search_words = ("event_name",)
    fields = ("event_name", "hours", "weekdays", "days_off", "starts_at", "ends_at", "time_zone", "active", "notes")
