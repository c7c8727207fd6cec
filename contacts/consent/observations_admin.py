"""What was observed in Iterable and what follows from the ledger, to read."""

from __future__ import annotations

from django.contrib import admin

from contacts.consent.models import (
    AddressReport,
    LedgerSeal,
    List,
    ObservedProfile,
    ProfileObservation,
    ResolverCheck,
    SubscriptionState,
)
from iterable_admin.audit.browsing import ReadOnly, one_of
from iterable_admin.audit.maintaining import Reasoned
from iterable_admin.audit.pills import moment

ARRAYS = ("list_ids", "unsubscribed_channel_ids", "unsubscribed_message_type_ids", "subscribed_message_type_ids")

SOURCE = one_of("source", "source", ("look_up", "webhook", "export", "import", "accepted"))


class Observed(ReadOnly):
    @admin.display(description="observed", ordering="observed_at")
    def observed(self, row: ProfileObservation | ObservedProfile) -> str:
        return moment(row.observed_at)


@admin.register(ProfileObservation)
class ProfileObservationAdmin(Observed):
    list_display = ("id", "observed", "address_key", "present", *ARRAYS[1:], "source")
    list_filter = (SOURCE, "present", ("observed_at", admin.DateFieldListFilter))
    ordering = ("-id",)
    search_words = ("address_key", "cause_id")
    search_numbers = ("id",)
    fields = ("id", "address_key", "present", *ARRAYS, "observed", "received", "source", "cause_id")
    readonly_fields = fields

    @admin.display(description="received", ordering="received_at")
    def received(self, row: ProfileObservation) -> str:
        return moment(row.received_at)


@admin.register(ObservedProfile)
class ObservedProfileAdmin(Observed):
    list_display = ("address_key", "observed", "present", *ARRAYS[1:], "source", "confirmed")
    list_filter = (SOURCE, "present")
    ordering = ("address_key",)
    search_words = ("address_key",)
    fields = ("address_key", "present", *ARRAYS, "observed", "confirmed", "source", "cause_id", "observation")
    readonly_fields = fields

    @admin.display(description="last seen like this", ordering="confirmed_at")
    def confirmed(self, row: ObservedProfile) -> str:
        return moment(row.confirmed_at)


@admin.register(AddressReport)
class AddressReportAdmin(ReadOnly):
    list_display = ("id", "occurred", "kind", "address_key", "campaign_id", "message_type_id", "cause", "cause_id")
    list_filter = ("kind", ("occurred_at", admin.DateFieldListFilter))
    ordering = ("-id",)
    search_words = ("address_key", "cause_id")
    search_numbers = ("id", "campaign_id")
    fields = ("id", "address_key", "kind", "occurred", "received", "campaign_id", "message_type_id", "cause", "cause_id")
    readonly_fields = fields

    @admin.display(description="occurred", ordering="occurred_at")
    def occurred(self, row: AddressReport) -> str:
        return moment(row.occurred_at)

    @admin.display(description="received", ordering="received_at")
    def received(self, row: AddressReport) -> str:
        return moment(row.received_at)


@admin.register(List)
class ListAdmin(Reasoned):
    list_display = ("name", "iterable_id", "list_type", "global_suppression", "seen", "notes")
    list_filter = (one_of("type", "list_type", ("Standard", "Dynamic", "Suppression", "Internal")), "global_suppression")
    ordering = ("name", "iterable_id")
    search_words = ("name",)
    search_numbers = ("iterable_id",)
    fields = ("name", "iterable_id", "list_type", "global_suppression", "seen", "missing_since", "notes")
    readonly_fields = fields[:-1]

    def has_add_permission(self, request: object) -> bool:
        return False

    @admin.display(description="last seen in Iterable", ordering="seen_at")
    def seen(self, row: List) -> str:
        return moment(row.seen_at)


@admin.register(SubscriptionState)
class SubscriptionStateAdmin(ReadOnly):
    list_display = ("id", "address_key", "target", "target_key", "withdrawn_at", "granted_at", "derived_at", "expired_at")
    list_filter = ("target",)
    ordering = ("-id",)
    search_words = ("address_key",)
    search_numbers = ("id",)
    fields = (
        *("id", "address_key", "target", "target_key", "withdrawn_at", "withdrawn_by", "granted_at", "granted_by"),
        *("derived_at", "derived_by", "expired_at", "expired_by"),
    )
    readonly_fields = fields


@admin.register(ResolverCheck)
class ResolverCheckAdmin(ReadOnly):
    list_display = ("id", "checked", "people", "verdicts", "differing")
    figures = ("people", "verdicts", "differing")
    ordering = ("-id",)
    search_numbers = ("id",)
    fields = ("id", "checked", "people", "verdicts", "differing", "examples")
    readonly_fields = fields

    @admin.display(description="checked", ordering="checked_at")
    def checked(self, row: ResolverCheck) -> str:
        return moment(row.checked_at)


@admin.register(LedgerSeal)
class LedgerSealAdmin(ReadOnly):
    list_display = ("id", "sealed", "first_id", "last_id", "rows", "digest")
    figures = ("rows",)
    ordering = ("-id",)
    search_words = ("digest",)
    search_numbers = ("id", "last_id")
    fields = ("id", "sealed", "first_id", "last_id", "rows", "previous_digest", "digest")
    readonly_fields = fields

    @admin.display(description="sealed", ordering="sealed_at")
    def sealed(self, row: LedgerSeal) -> str:
        return moment(row.sealed_at)
