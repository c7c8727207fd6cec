"""Triggers of alerts: what fires, since when, who is told; muted and unmuted by the technical owner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from contacts.sync.alerting.muting import mute, unmute
from contacts.sync.alerting.responsible import who_acts
from contacts.sync.models import SyncAlert, SyncNotice, SyncTrigger
from iterable_admin.audit.asking import Question, ReasonForm, ask_then_do, require
from iterable_admin.audit.maintaining import Reasoned
from iterable_admin.audit.pills import moment, moment_text, pill

if TYPE_CHECKING:
    _Inline = admin.TabularInline[SyncAlert, SyncTrigger]
else:
    _Inline = admin.TabularInline

PERMISSION = "sync.operate_syncrun"
SHOWN_FOR = timedelta(days=90)
MEASURED = (SyncTrigger.Kind.OVERDUE, SyncTrigger.Kind.FAILED_ROWS)


class MuteForm(ReasonForm):
    hours = forms.IntegerField(min_value=1, max_value=24 * 30, initial=24, help_text="For how long.")


class OfTrigger(_Inline):
    model = SyncAlert
    fields = readonly_fields = ("fired", "recovered", "sentence", "told")
    extra = 0
    can_delete = False
    ordering = ("-id",)
    verbose_name_plural = f"when it fired, in the last {SHOWN_FOR.days} days"

    def has_add_permission(self, request: HttpRequest, obj: SyncTrigger | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncAlert]:
        shown = Q(recovered_at=None) | Q(fired_at__gt=timezone.now() - SHOWN_FOR)
        return super().get_queryset(request).filter(shown).prefetch_related("notices")

    @admin.display(description="fired")
    def fired(self, alert: SyncAlert) -> str:
        return moment(alert.fired_at)

    @admin.display(description="over")
    def recovered(self, alert: SyncAlert) -> str:
        return moment(alert.recovered_at)

    @admin.display(description="told")
    def told(self, alert: SyncAlert) -> str:
        """Of each way and change: whether it is out, and what was in its way."""
        notices = sorted(alert.notices.all(), key=lambda notice: notice.pk)
        return format_html_join("", "<div>{} {} {}</div>", map(_told, notices)) or "to nobody"


def _told(notice: SyncNotice) -> tuple[str, str, str]:
    words = f"{notice.get_change_display()}, by {notice.get_way_display()}:"
    return words, pill(notice.state, notice.get_state_display()), moment(notice.sent_at) if notice.sent_at else notice.error


@admin.register(SyncTrigger)
class SyncTriggerAdmin(Reasoned):
    list_display = ("definition", "what", "verdict", "since", "level", "enabled", "what_next")
    list_display_links = ("definition", "what")
    list_select_related = ("definition",)
    list_filter = ("definition", "kind", "enabled")
    ordering = ("definition", "kind")
    fields = ("what", "verdict", "since", "what_next", "enabled", "level", "threshold", "recipients", "webhook_url")
    readonly_fields = ("what", "verdict", "since", "what_next")
    inlines = (OfTrigger,)
    change_form_template = "admin/sync/synctrigger/change_form.html"

    def has_add_permission(self, request: object) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is yes or no has no threshold."""
        fields = super().get_fields(request, obj)
        return fields if obj is None or obj.kind in MEASURED else [name for name in fields if name != "threshold"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        firing = SyncAlert.objects.filter(trigger=OuterRef("pk"), recovered_at=None)
        firsts = {"firing_since": Subquery(firing.values("fired_at")[:1]), "sentence": Subquery(firing.values("sentence")[:1])}
        rows: QuerySet[Any] = super().get_queryset(request).annotate(**firsts, acts=Value(who_acts()))
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
        return trigger.what

    @admin.display(description="state")
    def verdict(self, trigger: Any) -> SafeString:
        if not trigger.watched:
            return pill("skipped", "off")
        if trigger.is_muted(timezone.now()):
            return pill("held", f"{'fires' if trigger.firing_since else 'fine'}, muted until {moment_text(trigger.muted_until)}")
        return pill("failed", "fires") if trigger.firing_since else pill("done", "fine")

    @admin.display(description="fires since")
    def since(self, trigger: Any) -> str:
        return moment(trigger.firing_since)

    @admin.display(description="why, and who acts next")
    def what_next(self, trigger: Any) -> str:
        return f"{trigger.sentence} {trigger.acts} acts next." if trigger.sentence else ""
