from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from contacts.models import AddressChange, Contact, FieldChange, FieldPrecedence, Listing, Membership, Namespace
from iterable_admin.audit.browsing import LARGEST_NUMBER, ReadOnly, one_of
from iterable_admin.audit.maintaining import Reasoned
from iterable_admin.audit.pills import moment, pill


@admin.register(Contact)
class ContactAdmin(ReadOnly):
    list_display = ("id", "email", "name", "country", "namespace_count", "account_created", "updated")
    list_display_links = ("id", "email")
    list_filter = (
        ("created_at", admin.DateFieldListFilter),
        ("account_created_at", admin.DateFieldListFilter),
        ("in_warehouse_at", admin.EmptyFieldListFilter),
    )
    ordering = ("-id",)
    search_addresses = ("email",)
    search_words = ("address_key",)
    search_numbers = ("id", "gitlab_user_id")
    search_help_text = "An email address or its beginning, a GitLab user id, a namespace id."
    fields = (
        *("email", "email_as_received", "gitlab_user_id", "account_created", "last_login", "in_warehouse"),
        *("created", "updated", "address_key"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        contacts: QuerySet[Contact] = super().get_queryset(request)
        return contacts.annotate(namespaces_held=Count("memberships"))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        """Named for the person, so that tabs can be told apart."""
        named = {**context, "title": str(context["original"]), "subtitle": None}
        return super().render_change_form(request, named, *args, **kwargs)

    def match(self, term: str) -> Q:
        found = super().match(term)
        if term.isdecimal() and int(term) <= LARGEST_NUMBER:
            found |= Q(pk__in=Membership.objects.filter(namespace_id=int(term)).values("contact_id"))
        return found

    @admin.display(description="name")
    def name(self, contact: Contact) -> str:
        parts = [contact.profile.get("firstName"), contact.profile.get("lastName")]
        return " ".join(str(part) for part in parts if part) or "-"

    @admin.display(description="country")
    def country(self, contact: Contact) -> str:
        return str(contact.profile.get("country") or "-")

    @admin.display(description="namespaces")
    def namespace_count(self, contact: Contact) -> int:
        return int(getattr(contact, "namespaces_held", 0))

    @admin.display(description="account created", ordering="account_created_at")
    def account_created(self, contact: Contact) -> str:
        return moment(contact.account_created_at)

    @admin.display(description="last login")
    def last_login(self, contact: Contact) -> str:
        return moment(contact.last_login_at)

    @admin.display(description="last news from the warehouse")
    def in_warehouse(self, contact: Contact) -> str:
        return moment(contact.in_warehouse_at)

    @admin.display(description="known since")
    def created(self, contact: Contact) -> str:
        return moment(contact.created_at)

    @admin.display(description="updated", ordering="updated_at")
    def updated(self, contact: Contact) -> str:
        return moment(contact.updated_at)


@admin.register(FieldChange)
class FieldChangeAdmin(ReadOnly):
    list_display = ("id", "changed", "contact", "field", "old", "new", "cause", "cause_id")
    list_filter = (one_of("cause", "cause", ("event", "sync")), ("changed_at", admin.DateFieldListFilter))
    list_select_related = ("contact",)
    ordering = ("-id",)
    search_addresses = ("contact__email",)
    search_words = ("field", "cause_id")
    fields = ("id", "changed", "contact", "field", "old", "new", "cause", "cause_id")
    readonly_fields = fields

    @admin.display(description="changed", ordering="changed_at")
    def changed(self, change: FieldChange) -> str:
        return moment(change.changed_at)


@admin.register(AddressChange)
class AddressChangeAdmin(ReadOnly):
    list_display = ("id", "noticed", "gitlab_user_id", "shown_state", "reason", "occurred", "cause", "cause_id")
    list_filter = ("state", one_of("cause", "cause", ("event", "sync")), ("noticed_at", admin.DateFieldListFilter))
    ordering = ("-id",)
    search_words = ("old_key", "new_key", "cause_id")
    search_numbers = ("id", "gitlab_user_id")
    search_help_text = "A GitLab user id, an address key, or the id of what caused it."
    fields = (
        *("id", "gitlab_user_id", "old_key", "new_key", "one_person", "shown_state", "reason", "delivery"),
        *("occurred", "noticed", "cause", "cause_id"),
    )
    readonly_fields = fields

    @admin.display(description="state", ordering="state")
    def shown_state(self, change: AddressChange) -> str:
        return pill(change.state, change.get_state_display())

    @admin.display(description="noticed", ordering="noticed_at")
    def noticed(self, change: AddressChange) -> str:
        return moment(change.noticed_at)

    @admin.display(description="occurred", ordering="occurred_at")
    def occurred(self, change: AddressChange) -> str:
        return moment(change.occurred_at)


@admin.register(Namespace)
class NamespaceAdmin(ReadOnly):
    list_display = (
        "namespace_id",
        "plan_title",
        "plan_is_paid",
        "is_active_trial",
        "is_setup_for_company",
        "member_count",
        "updated",
    )
    figures = ("member_count",)
    list_filter = ("plan_is_paid", "is_active_trial", "is_setup_for_company")
    ordering = ("-namespace_id",)
    search_words = ("plan_title",)
    search_numbers = ("namespace_id", "creator_user_id")
    search_help_text = "A namespace id, its creator's user id, or a plan's title."
    fields = (
        *("namespace_id", "plan_title", "plan_is_paid", "is_active_trial", "is_setup_for_company", "member_count"),
        *("creator_user_id", "attributes", "updated"),
    )
    readonly_fields = fields

    @admin.display(description="updated", ordering="updated_at")
    def updated(self, namespace: Namespace) -> str:
        return moment(namespace.updated_at)


@admin.register(Membership)
class MembershipAdmin(ReadOnly):
    list_display = ("id", "contact", "namespace", "access_level_name")
    list_select_related = ("contact", "namespace")
    ordering = ("-id",)
    search_addresses = ("contact__email",)
    search_numbers = ("namespace_id", "contact_id")
    fields = ("contact", "namespace", "access_level", "access_level_name", "information")
    readonly_fields = fields


@admin.register(FieldPrecedence)
class FieldPrecedenceAdmin(Reasoned):
    list_display = ("field", "winner", "why")
    list_filter = ("winner",)
    ordering = ("field",)
    search_words = ("field",)
    fields = ("field", "winner", "why")

    def get_readonly_fields(self, request: HttpRequest, obj: FieldPrecedence | None = None) -> tuple[str, ...]:
        return ("field",) if obj else ()


@admin.register(Listing)
class ListingAdmin(ReadOnly):
    list_display = ("id", "started", "verdict", "people", "ended", "error")
    figures = ("people",)
    list_filter = ("state",)
    ordering = ("-id",)
    fields = readonly_fields = ("id", "state", "started_at", "ended_at", "people", "error")

    @admin.display(description="started", ordering="started_at")
    def started(self, listing: Listing) -> str:
        return moment(listing.started_at)

    @admin.display(description="ended")
    def ended(self, listing: Listing) -> str:
        return moment(listing.ended_at)

    @admin.display(description="state", ordering="state")
    def verdict(self, listing: Listing) -> SafeString:
        return pill(listing.state, listing.get_state_display())
