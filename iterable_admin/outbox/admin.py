from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.audit.pills import moment, pill
from iterable_admin.outbox.models import Attempt, Delivery, SendingSwitch
from iterable_admin.outbox.next_steps import next_step


class Attention(admin.SimpleListFilter):
    title = "attention"
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("you", "needs somebody"), ("open", "not ended"), ("withdrawals", "withdrawals not yet applied")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        match self.value():
            case "you":
                return queryset.filter(state=Delivery.State.NEEDS_YOU)
            case "open":
                return queryset.filter(state__in=Delivery.OPEN)
            case "withdrawals":
                return queryset.filter(withdrawal=True, state__in=(*Delivery.OPEN, Delivery.State.NEEDS_YOU))
        return queryset


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ("id", "created", "operation", "person", "verdict", "attempts", "answer", "what_next")
    list_display_links = ("id", "created")
    list_filter = (Attention, "state", "operation", "withdrawal", "cause", ("created_at", admin.DateFieldListFilter))
    list_select_related = ("last_attempt",)
    ordering = ("-id",)
    search_addresses = ("email",)
    search_words = ("cause_id", "lane", "request_id")
    search_numbers = ("id",)
    search_help_text = "An email address or its beginning, a delivery's id, or the id of what caused it."
    fields = (
        *("id", "operation", "person", "user_id", "withdrawal", "creates", "verdict", "what_next", "reason_code", "waits_for"),
        *("attempts", "answer", "created", "accepted", "settles", "ended", "cause", "cause_id", "request_id", "lane"),
    )
    readonly_fields = fields

    @admin.display(description="created", ordering="created_at")
    def created(self, delivery: Delivery) -> str:
        return moment(delivery.created_at)

    @admin.display(description="accepted by Iterable")
    def accepted(self, delivery: Delivery) -> str:
        return moment(delivery.accepted_at)

    @admin.display(description="applied from")
    def settles(self, delivery: Delivery) -> str:
        return moment(delivery.settles_at)

    @admin.display(description="ended")
    def ended(self, delivery: Delivery) -> str:
        return moment(delivery.ended_at)

    @admin.display(description="person", ordering="email")
    def person(self, delivery: Delivery) -> str:
        return delivery.email or delivery.user_id or "-"

    @admin.display(description="state", ordering="state")
    def verdict(self, delivery: Delivery) -> SafeString:
        return pill(delivery.state, delivery.get_state_display())

    @admin.display(description="last answer")
    def answer(self, delivery: Delivery) -> str:
        attempt = delivery.last_attempt
        return str(attempt.status or "no answer") if attempt else "-"

    @admin.display(description="why, and what happens next")
    def what_next(self, delivery: Delivery) -> str:
        return next_step(delivery)

    @admin.display(description="waits for the withdrawal")
    def waits_for(self, delivery: Delivery) -> str:
        if not delivery.held_for_id:
            return "-"
        url = reverse("admin:outbox_delivery_change", args=[delivery.held_for_id])
        return format_html('<a href="{}">withdrawal {}</a>', url, delivery.held_for_id)


@admin.register(Attempt)
class AttemptAdmin(ReadOnly):
    list_display = ("id", "started", "method", "endpoint", "status", "rows", "accepted", "refused", "seconds", "error")
    list_display_links = ("id", "started")
    list_filter = ("status", ("started_at", admin.DateFieldListFilter))
    ordering = ("-id",)
    search_words = ("endpoint", "request_id")
    search_numbers = ("id", "status")
    search_help_text = "An endpoint or its beginning, an HTTP status, Iterable's request id."
    fields = (
        *("id", "started", "method", "endpoint", "status", "request_id", "seconds"),
        *("rows", "accepted", "refused", "error", "notes"),
    )
    readonly_fields = fields

    @admin.display(description="started", ordering="started_at")
    def started(self, attempt: Attempt) -> str:
        return moment(attempt.started_at)

    @admin.display(description="seconds", ordering="duration")
    def seconds(self, attempt: Attempt) -> str:
        return f"{attempt.duration:.3f}"


@admin.register(SendingSwitch)
class SendingSwitchAdmin(ReadOnly):
    list_display = ("verdict", "reason", "changed_by", "changed", "halted_because")
    fields = ("verdict", "reason", "changed_by", "changed", "halted_at", "halted_because", "halt_probe_at")
    readonly_fields = fields

    @admin.display(description="mode")
    def verdict(self, switch: SendingSwitch) -> SafeString:
        return pill(switch.mode, switch.get_mode_display())

    @admin.display(description="changed")
    def changed(self, switch: SendingSwitch) -> str:
        return moment(switch.changed_at)
