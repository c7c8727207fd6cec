from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from iterable_admin.audit import bulk_admin  # noqa: F401 - importing registers it
from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.audit.maintaining import Reasoned
from iterable_admin.audit.models import Dri, OperatorAction
from iterable_admin.audit.pills import moment
from iterable_admin.audit.sentences import ACCESSES, sentence

MOST_PEOPLE, LATE = 50, 2_000


@admin.register(Dri)
class DriAdmin(Reasoned):
    fields = ("role", "name", "email", "notes")
    list_display = ("role", "holder", "email", "notes")
    ordering = ("role",)
    search_words = ("name", "email")

    @admin.display(description="person", ordering="name")
    def holder(self, dri: Dri) -> str:
        return dri.name or "! vacant: the business owner names somebody"


class Person(admin.SimpleListFilter):
    """Those with an account; a program, or somebody whose account was renamed, is found by the search."""

    title = "person"
    parameter_name = "actor_name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        accounts = get_user_model()._default_manager.filter(is_staff=True).order_by("username")
        return [(name, name) for name in accounts.values_list("username", flat=True)[:MOST_PEOPLE]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OperatorAction]) -> QuerySet[OperatorAction]:
        return queryset.filter(actor_name=self.value()) if self.value() else queryset


class Verb(admin.SimpleListFilter):
    """Of late: any other is found by the search."""

    title = "verb"
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        late = OperatorAction.objects.order_by("-at").values_list("verb", flat=True)[:LATE]
        return [(verb, verb.replace("_", " ")) for verb in sorted(set(late))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OperatorAction]) -> QuerySet[OperatorAction]:
        return queryset.filter(verb=self.value()) if self.value() else queryset


class About(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("seen", "people's data seen or exported"), ("done", "something done")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OperatorAction]) -> QuerySet[OperatorAction]:
        match self.value():
            case "seen":
                return queryset.filter(verb__in=ACCESSES)
            case "done":
                return queryset.exclude(verb__in=ACCESSES)
        return queryset


@admin.register(OperatorAction)
class OperatorActionAdmin(ReadOnly):
    """The audit page: who did what, when and why, looks at people included."""

    list_display = ("when", "told", "why", "result")
    list_display_links = ("when", "told")
    list_filter = (About, Verb, Person, ("at", admin.DateFieldListFilter))
    ordering = ("-at", "-id")
    search_words = ("actor_name", "verb", "subject")
    search_numbers = ("id",)
    search_help_text = "The name of a person or a program, or what something was done to, or its beginning."
    export_columns = ("id", "at", "actor_name", "verb", "subject", "count", "reason", "result", "selection")
    # The rest stands in the sentences above them.
    fields = ("id", "actor_name", "verb", "subject", "selection", "count")
    readonly_fields = fields
    change_form_template = "admin/audit/operatoraction/change_form.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        action = self.get_object(request, object_id)
        context = {"title": f"{action.pk}: {sentence(action)}", "subtitle": None} if isinstance(action, OperatorAction) else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @admin.display(description="when", ordering="at")
    def when(self, action: OperatorAction) -> str:
        return moment(action.at)

    @admin.display(description="who did what", ordering="actor_name")
    def told(self, action: OperatorAction) -> str:
        return sentence(action)

    @admin.display(description="why", ordering="reason")
    def why(self, action: OperatorAction) -> str:
        return action.reason or "-"
