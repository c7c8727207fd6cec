from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join

from contacts.consent.models import List
from iterable_admin.audit.maintaining import ReasonedForm
from iterable_admin.audit.pills import pill
from journeys import links
from journeys.lint import admin as lint_admin  # noqa: F401 - importing registers them
from journeys.mirror.admin import Refreshed
from journeys.models import Journey, MirrorChange
from journeys.steps import steps_of

OURS = (
    *("name", "url", "purpose", "business_owner", "technical_owner", "campaigns_owner", "review_due"),
    *("suppression_list_ids", "notes"),
)
SHOWN_CHANGES = 20


class JourneyForm(ReasonedForm):
    """Carries the version that the editor saw: whoever saves second is told, and nothing of theirs is written."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    url = forms.URLField(
        required=False, assume_scheme="https", max_length=500, help_text=Journey._meta.get_field("url").help_text
    )

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
        return url

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
    list_display = ("name", "in_iterable", "workflow_id", "folder_id", "trigger_event", "running", "purpose", "seen", "notes")
    list_filter = ("enabled", "archived", "purpose", ("missing_since", admin.EmptyFieldListFilter))
    ordering = ("name", "id")
    search_words = ("name", "iterable_name", "trigger_event")
    search_numbers = ("workflow_id", "folder_id")
    fields = (
        *OURS,
        *("version", "in_iterable", "workflow_id", "folder_id", "iterable_name", "description", "running", "journey_type"),
        *("trigger_events", "lifetime_limit", "simultaneous_limit", "creator", "draft_pending", "made_at", "changed_at", "seen"),
        *("steps", "changes"),
    )
    readonly_fields = tuple(name for name in fields if name not in (*OURS, "version"))

    def save_model(self, request: Any, obj: Journey, form: Any, change: bool) -> None:
        obj.version += 1
        link = getattr(form, "link", None)
        if link and link.workflow_id and obj.workflow_id is None and not _taken(link.workflow_id):
            obj.workflow_id = link.workflow_id
        obj.folder_id = (link.folder_id if link else None) or obj.folder_id
        super().save_model(request, obj, form, change)

    @admin.display(description="in Iterable")
    def in_iterable(self, journey: Journey) -> str:
        if not journey.url:
            return "-"
        return format_html('<a href="{}" target="_blank" rel="noopener noreferrer">open in Iterable ↗</a>', journey.url)

    @admin.display(description="state", ordering="enabled")
    def running(self, journey: Journey) -> str:
        if journey.enabled is None:
            return "· not known yet"
        if journey.archived:
            return "- archived"
        return "✓ enabled" if journey.enabled else "- disabled"

    @admin.display(description="unpublished draft")
    def draft_pending(self, journey: Journey) -> str:
        return str((journey.draft or {}).get("name") or "yes") if journey.draft else "none"

    @admin.display(description="steps")
    def steps(self, journey: Journey) -> str:
        """Each message with its type, policy and channel; a type that must not be used says so."""
        rows = [
            (
                step.campaign,
                step.campaign.state,
                step.template or "no template seen",
                step.message_type or "no message type seen",
                step.message_type.get_policy_display() if step.message_type else "-",
                step.channel or "-",
                pill("failed", "do not use") if step.message_type and step.message_type.do_not_use else "",
            )
            for step in steps_of(journey)
        ]
        return format_html_join("", "<div>{} ({}): {}, {} ({}, {}) {}</div>", rows) or "none seen in Iterable"

    @admin.display(description="history of changes")
    def changes(self, journey: Journey) -> str:
        rows = MirrorChange.objects.filter(kind="journey", iterable_id=journey.workflow_id or 0)[:SHOWN_CHANGES]
        told = ((f"{row.seen_at:%Y-%m-%d %H:%M} UTC", row.words) for row in rows)
        return format_html_join("", "<div>{}: {}</div>", told) or "none seen yet"


def _taken(workflow_id: int) -> bool:
    return Journey.objects.filter(workflow_id=workflow_id).exists()
