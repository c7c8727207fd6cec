from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from iterable_admin.audit.operating import Operated, Operation
from iterable_admin.audit.pills import moment, pill
from iterable_admin.inbox import refusal_admin, source_admin  # noqa: F401 - importing registers them
from iterable_admin.inbox.mend_admin import Mended
from iterable_admin.inbox.mending import take_up_readable
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.next_steps import next_step
from iterable_admin.inbox.querysets import NEEDS_SOMEBODY
from iterable_admin.inbox.replaying import REPLAYABLE, SKIPPABLE, replay, skip, warnings_of

NO_SKIPPING = "Some of them are withdrawals, which are never skipped: choose the others alone."


def withdrawals_among(events: QuerySet[Event]) -> str:
    return NO_SKIPPING if events.filter(withdrawal=True).exists() else ""


LEFT_ALONE = (
    "What is being processed or waits goes on by itself, what is done has had its effect, "
    "and what was rejected is mended or read again."
)
REPLAY = Operation(
    name="replay",
    label="Replay",
    permission="inbox.replay_event",
    sentence="They go through processing once more, as if they had just come in; a worker takes them at once.",
    left_alone=LEFT_ALONE,
    fit=lambda events: events.filter(state__in=REPLAYABLE),
    act=lambda events, _user, _reason: replay(events),
    own_way="As received",
    ways=(
        Operation(
            name="replay_latest",
            label="Replayed with the latest values",
            permission="inbox.replay_event",
            sentence="The same, but fields of the profile that are known by now keep the values they have.",
            left_alone=LEFT_ALONE,
            fit=lambda events: events.filter(state__in=REPLAYABLE),
            act=lambda events, _user, _reason: replay(events, keep_known=True),
            own_way="Latest values",
        ),
        Operation(
            name="skip",
            label="Skip",
            permission="inbox.replay_event",
            sentence="They end as skipped, with your reason, and have no effect.",
            left_alone="A withdrawal is never skipped; what has ended or is under way is left alone.",
            fit=lambda events: events.filter(state__in=SKIPPABLE, withdrawal=False),
            act=lambda events, _user, reason: skip(events, reason),
            own_way="Skip",
            forbids=withdrawals_among,
        ),
    ),
    warn=warnings_of,
)
READ_AGAIN = Operation(
    name="read_again",
    label="Read again",
    permission="inbox.replay_event",
    sentence=(
        "Their bodies are read by the rules of today. Those that are understood now are processed; "
        "the others stay rejected, as they are, with what has to be mended."
    ),
    left_alone="Only what was rejected and is understood by now is taken up, and not if the same has come in meanwhile.",
    fit=lambda events: events.filter(state=Event.State.REJECTED).exclude(raw_body="", mended_body=""),
    act=lambda events, _user, _reason: take_up_readable(events),
)


class Trouble(admin.SimpleListFilter):
    title = "attention"
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("you", "needs somebody"), ("open", "not ended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        if self.value() == "you":
            return queryset.filter(NEEDS_SOMEBODY)
        return queryset.exclude(state__in=Event.ENDED) if self.value() == "open" else queryset


@admin.register(Event)
class EventAdmin(Mended, Operated):
    operations = (REPLAY, READ_AGAIN)
    change_form_template = "admin/inbox/event/change_form.html"
    change_list_template = "admin/buttons_change_list.html"
    list_display = ("id", "received", "verdict", "name", "person", "what_next", "source")
    list_display_links = ("id", "received")
    list_filter = (Trouble, "state", "door", "withdrawal", ("received_at", admin.DateFieldListFilter), "source")
    list_select_related = ("source",)
    ordering = ("-id",)
    search_addresses = ("email",)
    search_keys = ("name", "caller_id")
    search_numbers = ("id",)
    search_uuids = ("uuid",)
    search_help_text = "An email address or its beginning, an event's name, its id or the caller's id."
    fields = (
        *("id", "uuid", "source", "door", "name", "person", "user_id", "withdrawal", "reason_code"),
        *("received", "occurred", "ended", "attempts", "caller_id", "duplicate_of", "remarks"),
        *("path", "content_type", "request_id", "lane"),
    )
    readonly_fields = fields

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        buttons = [("Try a payload …", reverse("try_it"))] if request.user.has_perm("inbox.try_event") else []
        return super().changelist_view(request, {"buttons": buttons, **(extra_context or {})})

    @admin.display(description="received", ordering="received_at")
    def received(self, event: Event) -> str:
        return moment(event.received_at)

    @admin.display(description="occurred")
    def occurred(self, event: Event) -> str:
        return moment(event.occurred_at)

    @admin.display(description="odd, but accepted")
    def remarks(self, event: Event) -> str:
        return "; ".join(event.flags) or "-"

    @admin.display(description="ended")
    def ended(self, event: Event) -> str:
        return moment(event.ended_at)

    @admin.display(description="person", ordering="email")
    def person(self, event: Event) -> str:
        return event.email or event.user_id or "-"

    @admin.display(description="state", ordering="state")
    def verdict(self, event: Event) -> SafeString:
        return pill(event.state, event.get_state_display())

    @admin.display(description="why, and what happens next")
    def what_next(self, event: Event) -> str:
        return next_step(event)
