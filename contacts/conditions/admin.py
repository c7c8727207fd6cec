"""Saved audiences in the admin: maintained by hand, with words, a live count, the counts of the nights and their people."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from contacts.conditions.audiences.building import build_view, counts_view
from contacts.conditions.audiences.pages import difference_view, page_of, people_view
from contacts.conditions.models import AudienceCount, SavedAudience
from contacts.conditions.reading import Unreadable, read
from contacts.conditions.sql import compiled
from contacts.conditions.wording import HELP
from iterable_admin.audit.maintaining import Reasoned, ReasonedForm
from iterable_admin.audit.pills import moment
from iterable_admin.errors import Permanent

EDITOR = forms.Textarea(attrs={"rows": 14, "cols": 80, "spellcheck": "false", "class": "body-editor"})
TREND_DAYS = 7


class IndentedJson(json.JSONEncoder):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "indent": 2, "ensure_ascii": False})


class AudienceForm(ReasonedForm):
    condition = forms.JSONField(
        widget=EDITOR,
        encoder=IndentedJson,
        help_text='As JSON, such as {"field": "country", "op": "is", "value": "Germany"}. ' + " ".join(HELP),
    )

    def clean_condition(self) -> Any:
        """Told with the place and the mend; message types have to exist as well."""
        told = self.cleaned_data["condition"]
        try:
            compiled(read(told), timezone.now())
        except (Unreadable, Permanent) as problem:
            raise ValidationError(str(problem)) from None
        return told


@admin.register(SavedAudience)
class SavedAudienceAdmin(Reasoned):
    form = AudienceForm
    change_form_template = "admin/conditions/savedaudience/change_form.html"
    list_display = ("name", "people", "trend", "counted", "owner", "active", "description")
    list_filter = ("active",)
    list_select_related = ("owner",)
    ordering = ("name",)
    search_words = ("name",)
    fields = ("name", "condition", "description", "active")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SavedAudience]:
        rows = AudienceCount.objects.filter(audience=OuterRef("pk")).order_by("-day")
        last = rows[:1]
        before = rows.filter(day__lte=timezone.now().date() - timedelta(days=TREND_DAYS))[:1]
        found: QuerySet[SavedAudience] = super().get_queryset(request)
        return found.annotate(
            last_people=Subquery(last.values("people")),
            last_counted=Subquery(last.values("counted_at")),
            people_before=Subquery(before.values("people")),
        )

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "conditions_savedaudience"
        return [
            path("<int:pk>/difference/", wrap(difference_view), name=f"{name}_difference"),
            path("<int:pk>/build/", wrap(build_view), name=f"{name}_build"),
            path("<int:pk>/counts/", wrap(counts_view), name=f"{name}_counts"),
            path("<int:pk>/people/", wrap(people_view), name=f"{name}_people"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = SavedAudience.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        shown = {"page": page_of(row)} if row else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: SavedAudience, form: Any, change: bool) -> None:
        if not change:
            obj.owner_id = request.user.pk
        super().save_model(request, obj, form, change)

    @admin.display(description="people", ordering="last_people")
    def people(self, row: SavedAudience) -> str:
        number = getattr(row, "last_people", None)
        return "not counted yet" if number is None else f"{number:,}"

    @admin.display(description=f"in {TREND_DAYS} days")
    def trend(self, row: SavedAudience) -> str:
        now, before = getattr(row, "last_people", None), getattr(row, "people_before", None)
        if now is None or before is None:
            return "-"
        return "= the same" if now == before else f"{'▲' if now > before else '▼'} {now - before:+,}"

    @admin.display(description="counted", ordering="last_counted")
    def counted(self, row: SavedAudience) -> str:
        return moment(getattr(row, "last_counted", None))
