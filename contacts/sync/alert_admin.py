"""Triggers of alerts: what fires, since when, who is told; muted and unmuted by the technical owner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from contacts.sync.alerting.muting import mute, unmute
from contacts.sync.models import SyncAlert, SyncNotice, SyncTrigger
from iterable_admin.audit.asking import Question, ReasonForm, ask_then_do, require
from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.audit.maintaining import Reasoned
from iterable_admin.audit.pills import moment, pill

if TYPE_CHECKING:
    _Inline = admin.TabularInline[SyncAlert, SyncTrigger]
else:
    _Inline = admin.TabularInline

PERMISSION = "sync.operate_syncrun"


class MuteForm(ReasonForm):
    hours = forms.IntegerField(min_value=1, max_value=24 * 30, initial=24, help_text="For how long.")


class OfTrigger(_Inline):
    model = SyncAlert
    fields = readonly_fields = ("fired_at", "recovered_at", "sentence")
    extra = 0
    can_delete = False
    ordering = ("-id",)
    verbose_name_plural = "when it fired"

    def has_add_permission(self, request: HttpRequest, obj: SyncTrigger | None = None) -> bool:
        return False


@admin.register(SyncTrigger)
class SyncTriggerAdmin(Reasoned):
    list_display = ("definition", "what", "verdict", "threshold", "level", "enabled", "told", "what_next")
    list_display_links = ("definition", "what")
    list_select_related = ("definition",)
    list_filter = ("definition", "kind", "enabled")
    ordering = ("definition", "kind")
    fields = ("enabled", "level", "threshold", "recipients", "webhook_url")
    inlines = (OfTrigger,)
    change_form_template = "admin/sync/synctrigger/change_form.html"

    def has_add_permission(self, request: object) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        firing = SyncAlert.objects.filter(trigger=OuterRef("pk"), recovered_at=None)
        firsts = {"firing_since": Subquery(firing.values("fired_at")[:1]), "sentence": Subquery(firing.values("sentence")[:1])}
        rows: QuerySet[Any] = super().get_queryset(request).annotate(**firsts)
        return rows

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/mute/", wrap(self.mute), name="sync_synctrigger_mute"),
            path("<int:pk>/unmute/", wrap(self.unmute), name="sync_synctrigger_unmute"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"operates": request.user.has_perm(PERMISSION), "now": timezone.now()}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def mute(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, PERMISSION)
        trigger = get_object_or_404(SyncTrigger, pk=pk)
        sentence = "It is shown here and told to nobody until then; if it fires still, it is told when that time is over."

        def act(answers: Mapping[str, Any]) -> str:
            mute(trigger, timezone.now() + timedelta(hours=answers["hours"]), request.user, answers["reason"])
            return f"Muted for {answers['hours']} hours: {trigger}."

        question = Question(f"Mute: {trigger}", sentence, "Mute", self._page(pk))
        return ask_then_do(request, self.admin_site, question, act, MuteForm)

    def unmute(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, PERMISSION)
        trigger = get_object_or_404(SyncTrigger, pk=pk)

        def act(answers: Mapping[str, Any]) -> str:
            unmute(trigger, request.user, answers["reason"])
            return f"No longer muted: {trigger}. What fires still is told within five minutes."

        question = Question(f"Unmute: {trigger}", "What fires still is told within five minutes.", "Unmute", self._page(pk))
        return ask_then_do(request, self.admin_site, question, act)

    def _page(self, pk: int) -> str:
        return reverse("admin:sync_synctrigger_change", args=[pk])

    @admin.display(description="what", ordering="kind")
    def what(self, trigger: SyncTrigger) -> str:
        return trigger.get_kind_display()

    @admin.display(description="state")
    def verdict(self, trigger: Any) -> SafeString:
        if not (trigger.enabled and trigger.definition.enabled):
            return pill("skipped", "off")
        if not trigger.firing_since:
            return pill("done", "fine")
        if trigger.muted_until and trigger.muted_until > timezone.now():
            return pill("held", f"fires, muted until {trigger.muted_until:%Y-%m-%d %H:%M} UTC")
        return pill("failed", "fires")

    @admin.display(description="since")
    def told(self, trigger: Any) -> str:
        return moment(trigger.firing_since)

    @admin.display(description="why, and who acts next")
    def what_next(self, trigger: Any) -> str:
        return f"{trigger.sentence} The technical owner acts next." if trigger.sentence else ""


@admin.register(SyncNotice)
class SyncNoticeAdmin(ReadOnly):
    list_display = ("id", "created_at", "alert", "change", "way", "verdict", "attempts", "error")
    list_select_related = ("alert",)
    list_filter = ("state", "way", "change")
    ordering = ("-id",)
    fields = readonly_fields = (
        *("alert", "change", "way", "state", "attempts", "created_at", "sent_at"),
        *("next_attempt_at", "error"),
    )

    @admin.display(description="state", ordering="state")
    def verdict(self, notice: SyncNotice) -> SafeString:
        return pill(notice.state, notice.get_state_display())
