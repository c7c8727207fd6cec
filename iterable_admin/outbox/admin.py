from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from iterable_admin.audit.browsing import ReadOnly, one_of
from iterable_admin.audit.operating import Operated, Operation
from iterable_admin.audit.pills import moment, pill
from iterable_admin.outbox import budget_admin, switch_admin  # noqa: F401 - importing registers them
from iterable_admin.outbox.models import Attempt, Delivery, Notice, SendingSwitch
from iterable_admin.outbox.newest import renewable, send_latest
from iterable_admin.outbox.next_steps import next_step
from iterable_admin.outbox.noticing import MENDS, sentences
from iterable_admin.outbox.overwriting import warnings_of
from iterable_admin.outbox.retrying import NAMELESS, RETRYABLE, give_up, retry

GIVEN_UP = ("needs_you", "waiting", "held")
NO_SKIPPING = "Some of them are withdrawals, which are never skipped: choose the others alone."


def withdrawals_among(rows: QuerySet[Delivery]) -> str:
    return NO_SKIPPING if rows.filter(withdrawal=True).exists() else ""


RETRY = Operation(
    name="retry",
    label="Retry",
    permission="outbox.retry_delivery",
    sentence="They are sent again at once, with a full number of tries. What Iterable said so far stays on record.",
    left_alone=(
        "What is on its way or ready goes by itself, what is delivered has had its effect, "
        "and what lacks an id in Iterable is resumed by `manage.py doctor`."
    ),
    fit=lambda rows: rows.filter(state__in=RETRYABLE).exclude(NAMELESS),
    act=lambda rows, _user, _reason: retry(rows),
    own_way="As received",
    ways=(
        Operation(
            name="send_latest",
            label="Sent with the latest values",
            permission="outbox.retry_delivery",
            sentence=(
                "Profile updates are made anew from what we know now, and take their turn; what they replace stays on record. "
                "Events and subscriptions have no later values, and are left alone."
            ),
            left_alone=(
                "Only profile updates have later values; one of the sync is renewed if its row in the run failed. "
                "The others are as they were: retry them as received."
            ),
            fit=renewable,
            act=lambda rows, _user, reason: send_latest(rows, reason),
            own_way="Latest values",
        ),
        Operation(
            name="skip",
            label="Skip",
            permission="outbox.give_up_delivery",
            sentence="They end as skipped, with your reason, and are not sent.",
            left_alone="A withdrawal is never skipped; what is on its way, ready or ended is left alone.",
            fit=lambda rows: rows.filter(state__in=GIVEN_UP, withdrawal=False),
            act=lambda rows, _user, reason: give_up(rows, reason),
            own_way="Skip",
            forbids=withdrawals_among,
        ),
    ),
    warn=warnings_of,
)
GIVE_UP = Operation(
    name="give_up",
    label="Give up",
    permission="outbox.give_up_delivery",
    sentence="They end as skipped, with your reason, and are not sent. They can still be retried later.",
    left_alone="A withdrawal is never given up; what is on its way, ready or ended is left alone.",
    fit=lambda rows: rows.filter(state__in=GIVEN_UP, withdrawal=False),
    act=lambda rows, _user, reason: give_up(rows, reason),
    why=lambda row: "a withdrawal, which is never given up" if row.withdrawal else str(row.get_state_display()),
)
CAUSES = ("event", "sync", "load", "import", "address", "operator")
CAUSE = one_of("cause", "cause", CAUSES)


class Answer(admin.SimpleListFilter):
    title = "answer"
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("2", "2xx accepted"), ("4", "4xx refused"), ("429", "429 too many"), ("5", "5xx broken"), ("none", "no answer")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> QuerySet[Attempt]:
        match self.value():
            case "none":
                return queryset.filter(status=None)
            case "429":
                return queryset.filter(status=429)
            case "2" | "4" | "5" as hundred:
                return queryset.filter(status__gte=int(hundred) * 100, status__lt=int(hundred) * 100 + 100)
        return queryset


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
class DeliveryAdmin(Operated):
    operations = (RETRY, GIVE_UP)
    change_form_template = "admin/outbox/delivery/change_form.html"
    change_list_template = "admin/outbox/delivery/change_list.html"
    list_display = ("id", "created", "verdict", "operation", "person", "what_next", "attempts", "answer")
    list_display_links = ("id", "created")
    list_filter = (Attention, "state", "operation", "withdrawal", CAUSE, ("created_at", admin.DateFieldListFilter))
    list_select_related = ("last_attempt",)
    ordering = ("-id",)
    search_addresses = ("email",)
    search_numbers = ("id",)
    search_help_text = "An email address or its beginning, a delivery's id, or the id of what caused it."
    fields = (
        *("id", "operation", "person", "user_id", "withdrawal", "creates", "reason_code", "waits_for"),
        *("attempts", "answer", "created", "accepted", "settles", "ended", "cause", "cause_id", "request_id", "lane"),
    )
    readonly_fields = fields

    def match(self, term: str) -> Q:
        """Also by what caused it, of every kind: the index on it begins with the kind."""
        return super().match(term) | (Q() if "@" in term else Q(cause__in=CAUSES, cause_id=term))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        halted = SendingSwitch.objects.filter(pk=1, halted_at__isnull=False).first()
        return super().changelist_view(request, {"halted": halted, **(extra_context or {})})

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
        many = "many people" if delivery.operation == Delivery.Operation.LOAD else "-"
        return delivery.email or delivery.user_id or many

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
    figures = ("rows", "accepted", "refused")
    list_display_links = ("id", "started")
    list_filter = (Answer, ("started_at", admin.DateFieldListFilter))
    ordering = ("-id",)
    search_words = ("endpoint",)
    search_keys = ("request_id",)
    search_numbers = ("id", "status")
    search_help_text = "An endpoint or its beginning, an HTTP status, Iterable's request id."
    fields = (
        *("id", "started", "method", "endpoint", "status", "request_id", "seconds"),
        *("rows", "accepted", "refused", "error", "said_besides"),
    )
    readonly_fields = fields

    @admin.display(description="said besides")
    def said_besides(self, attempt: Attempt) -> str:
        return " ".join(sentences(attempt.notes)) or "-"

    @admin.display(description="started", ordering="started_at")
    def started(self, attempt: Attempt) -> str:
        return moment(attempt.started_at)

    @admin.display(description="seconds", ordering="duration")
    def seconds(self, attempt: Attempt) -> str:
        return f"{attempt.duration:.3f}"


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    list_display = ("name", "kind", "last", "first", "calls", "mend")
    figures = ("calls",)
    list_filter = ("kind",)
    ordering = ("-last_at", "id")
    search_words = ("name",)
    search_help_text = "The name of a field or an event, or its beginning."
    fields = ("name", "kind", "last", "first", "calls", "mend", "attempt")
    readonly_fields = fields

    @admin.display(description="last seen", ordering="last_at")
    def last(self, notice: Notice) -> str:
        return moment(notice.last_at)

    @admin.display(description="first seen")
    def first(self, notice: Notice) -> str:
        return moment(notice.first_at)

    @admin.display(description="who does what about it")
    def mend(self, notice: Notice) -> str:
        return MENDS[Notice.Kind(notice.kind)]

    @admin.display(description="last call")
    def attempt(self, notice: Notice) -> str:
        if not notice.last_attempt_id:
            return "-"
        return format_html(
            '<a href="{}">call {}</a>',
            reverse("admin:outbox_attempt_change", args=[notice.last_attempt_id]),
            notice.last_attempt_id,
        )
