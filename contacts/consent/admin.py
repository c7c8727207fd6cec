from __future__ import annotations

from django.contrib import admin

from contacts.consent import erasure_admin, observations_admin  # noqa: F401 - importing registers them
from contacts.consent.clock_admin import WithClock
from contacts.consent.models import Channel, MessageType, SubscriptionChange
from iterable_admin.audit.browsing import ReadOnly, one_of
from iterable_admin.audit.maintaining import Reasoned
from iterable_admin.audit.pills import moment

CAUSE = one_of("cause", "cause", ("event", "delivery", "import", "operator"))


class SeenInIterable(Reasoned):
    """Learnt from Iterable; only our notes on it are ours to write."""

    def has_add_permission(self, request: object) -> bool:
        return False

    @admin.display(description="last seen in Iterable", ordering="seen_at")
    def seen(self, row: Channel | MessageType) -> str:
        return moment(row.seen_at)


@admin.register(Channel)
class ChannelAdmin(SeenInIterable):
    list_display = ("name", "channel_type", "medium", "iterable_id", "seen", "notes")
    list_filter = ("channel_type", "medium")
    ordering = ("name",)
    search_names = ("name",)
    search_numbers = ("iterable_id",)
    fields = ("name", "iterable_id", "channel_type", "medium", "seen", "missing_since", "notes")
    readonly_fields = ("name", "iterable_id", "channel_type", "medium", "seen", "missing_since")


@admin.register(MessageType)
class MessageTypeAdmin(SeenInIterable):
    list_display = ("name", "channel", "policy", "usable", "iterable_id", "seen", "notes")
    list_filter = ("policy", "do_not_use", "channel")
    list_select_related = ("channel",)
    ordering = ("channel__name", "name")
    search_names = ("name",)
    search_numbers = ("iterable_id",)
    fields = ("name", "channel", "policy", "iterable_id", "seen", "missing_since", "do_not_use", "notes")
    readonly_fields = ("name", "channel", "policy", "iterable_id", "seen", "missing_since")

    @admin.display(description="use", ordering="do_not_use")
    def usable(self, message_type: MessageType) -> str:
        return "! do not use" if message_type.do_not_use else "✓ in use"


@admin.register(SubscriptionChange)
class SubscriptionChangeAdmin(WithClock, ReadOnly):
    list_display = ("id", "received", "verdict", "target", "target_name", "basis", "occurred", "source", "cause", "cause_id")
    list_filter = (
        "verdict",
        "basis",
        "target",
        one_of("cause", "cause", ("event", "delivery", "import", "operator")),
        ("received_at", admin.DateFieldListFilter),
    )
    ordering = ("-id",)
    search_words = ("address_key", "cause_id")
    search_numbers = ("id",)
    search_help_text = "An address key, or the id of what caused it."
    fields = (
        *("id", "address_key", "verdict", "target", "target_name", "basis", "occurred", "dated_by", "received"),
        *("source", "cause", "cause_id", "actor", "policy", "supersedes"),
    )
    readonly_fields = fields

    @admin.display(description="received", ordering="received_at")
    def received(self, change: SubscriptionChange) -> str:
        return moment(change.received_at)

    @admin.display(description="occurred", ordering="occurred_at")
    def occurred(self, change: SubscriptionChange) -> str:
        return moment(change.occurred_at)
