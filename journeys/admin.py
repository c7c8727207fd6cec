from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from contacts.consent.models import List
from iterable_admin.audit.maintaining import ReasonedForm
from journeys import links
from journeys.adopting import held_on, known_as, let_go, take_over
from journeys.definition import admin as definition_admin  # noqa: F401 - importing registers them
from journeys.definition.lifecycle import WRITE
from journeys.lint import admin as lint_admin  # noqa: F401 - importing registers them
from journeys.mirror.admin import PERMISSION as REFRESH
from journeys.mirror.admin import Refreshed
from journeys.models import Journey
from journeys.pages.listing import ByFolder, ByStatus, ByTrigger, JourneyList, found, in_folder, reached, started_by
from journeys.pages.page import journey_page
from journeys.pages.state import link_into_iterable, state_pill
from journeys.rehearsal import admin as rehearsal_admin  # noqa: F401 - importing registers them

OURS = (
    *("name", "url", "purpose", "business_owner", "technical_owner", "campaigns_owner", "review_due"),
    *("suppression_list_ids", "notes"),
)


LINK = (
    "Paste a journey's link, or its number in Iterable; its ids are read from it. Where Iterable tells of that journey already, "
    "both rows become this one."
)
TWICE = (
    'This journey is here already: <a href="{}">{}</a> has {} of its own. Go on with that one; or clear these there, where '
    "they can be cleared, and save this link again. Nothing was saved."
)
ANOTHER = "This is journey {} in Iterable, and the link names {}. Paste its own link, or describe the other one by itself."


class LinkField(forms.URLField):
    """A number alone is that of a journey."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> str:
        told = str(value or "").strip()
        number = told.isdecimal() and len(told) <= 18
        return links.to_workflow(int(told), settings.ITERABLE_BASE_URL) if number else super().to_python(value) or ""


class JourneyForm(ReasonedForm):
    """Carries the version that the editor saw: whoever saves second is told, and nothing of theirs is written."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    url = LinkField(
        required=False,
        assume_scheme="https",
        max_length=500,
        label="Link into Iterable",
        widget=forms.TextInput(attrs={"class": "vURLField", "inputmode": "url"}),
        help_text=LINK,
    )
    mirrored: Journey | None = None

    suppression_list_ids = forms.TypedMultipleChoiceField(
        coerce=int,
        required=False,
        label="Suppressed by its start",
        help_text=Journey._meta.get_field("suppression_list_ids").help_text,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(field := self.fields.get("suppression_list_ids"), forms.TypedMultipleChoiceField):
            known = {row.iterable_id: f"{row} ({row.iterable_id})" for row in List.objects.order_by("name")}
            # One that was deleted in Iterable meanwhile stays as it was entered.
            field.choices = list((dict.fromkeys(self.instance.suppression_list_ids, "not seen in Iterable") | known).items())

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if url:
            try:
                self.link = links.parse(url)
            except links.NotIterable as error:
                raise ValidationError(str(error)) from None
            self._meet(self.link.workflow_id)
        return url

    def _meet(self, workflow_id: int | None) -> None:
        """`mirrored` becomes the other row of the journey that the link names, where there is one to adopt."""
        own = self.instance.workflow_id
        if own is None and workflow_id:
            self.mirrored = known_as(workflow_id, self.instance)
            if self.mirrored and (held := held_on(self.mirrored)):
                page = reverse("admin:journeys_journey_change", args=[self.mirrored.pk])
                raise ValidationError(format_html(TWICE, page, self.mirrored, ", ".join(held)))
        elif workflow_id and workflow_id != own and "url" in self.changed_data:
            raise ValidationError(ANOTHER.format(own, workflow_id))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        now = Journey.objects.filter(pk=self.instance.pk).values("version", *OURS).first()
        if now and cleaned.get("version") != now["version"]:
            told = ", ".join(name for name in OURS if now[name] != self.initial.get(name)) or "something"
            raise ValidationError(f"Somebody saved this journey meanwhile. Open it again: it may now differ in {told}.")
        return cleaned


@admin.register(Journey)
class JourneyAdmin(Refreshed):
    form = JourneyForm
    change_form_template = "admin/journeys/journey/change_form.html"
    list_display = ("name", "in_iterable", "running", "starts", "audience", "findings", "folder")
    list_filter = (ByFolder, ByStatus, ByTrigger, "purpose")
    ordering = ("name", "id")
    search_words = ("trigger_event",)
    search_names = ("name", "iterable_name")
    search_numbers = ("workflow_id", "folder_id")
    fields = (
        *OURS,
        *("version", "in_iterable", "workflow_id", "folder_id", "iterable_name", "description", "running", "journey_type"),
        *("trigger_events", "lifetime_limit", "simultaneous_limit", "creator", "draft_pending", "made_at", "changed_at", "seen"),
    )
    readonly_fields = tuple(name for name in fields if name not in (*OURS, "version"))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[JourneyList]:
        return JourneyList

    def get_fieldsets(self, request: HttpRequest, obj: Journey | None = None) -> Any:
        """What is kept here, then what Iterable says."""
        names = [name for name in self.get_fields(request, obj) if name not in self.readonly_fields]
        theirs = {"fields": self.readonly_fields, "classes": ("collapse",)}
        return [("Kept here", {"fields": names}), ("As Iterable tells it", theirs)]

    def buttons(self, request: HttpRequest) -> list[tuple[str, str]]:
        new = [("Describe a new journey …", reverse("admin:journeys_journeyversion_describe_new"))]
        return [
            ("For the handbook", reverse("handbook")),
            *(new if request.user.has_perm(WRITE) else []),
            *super().buttons(request),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = Journey.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        shown = {"page": journey_page(row, request.user), "refreshes": request.user.has_perm(REFRESH)} if row else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def save_model(self, request: Any, obj: Journey, form: Any, change: bool) -> None:
        obj.version += 1
        link, mirrored = getattr(form, "link", None), form.mirrored
        if mirrored:
            take_over(obj, mirrored)
        elif link and link.workflow_id and obj.workflow_id is None:
            obj.workflow_id = link.workflow_id
            messages.info(
                request, f"It is journey {obj.workflow_id} in Iterable: the next refresh reads what Iterable says of it."
            )
        obj.folder_id = (link.folder_id if link else None) or obj.folder_id
        super().save_model(request, obj, form, change)
        if mirrored:
            messages.success(request, let_go(obj, mirrored, request.user, form.cleaned_data["reason"]).result)

    @admin.display(description="in Iterable")
    def in_iterable(self, journey: Journey) -> str:
        url = link_into_iterable(journey)
        if not url:
            return "-"
        aside = format_html('<span class="visually-hidden"> {} in Iterable, in a new tab</span>', journey)
        return format_html('<a href="{}" target="_blank" rel="noopener noreferrer">open ↗{}</a>', url, aside)

    @admin.display(description="state", ordering="enabled")
    def running(self, journey: Journey) -> str:
        return state_pill(journey)

    @admin.display(description="started by", ordering="trigger_event")
    def starts(self, journey: Journey) -> str:
        return started_by(journey)

    @admin.display(description="audience")
    def audience(self, journey: Journey) -> str:
        return reached(journey)

    @admin.display(description="open findings")
    def findings(self, journey: Journey) -> str:
        return found(journey)

    @admin.display(description="folder", ordering="folder_id")
    def folder(self, journey: Journey) -> str:
        return in_folder(journey)

    @admin.display(description="unpublished draft")
    def draft_pending(self, journey: Journey) -> str:
        return str((journey.draft or {}).get("name") or "yes") if journey.draft else "none"
