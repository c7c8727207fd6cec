"""What Iterable has, to read: campaigns, templates, the runs of the mirror and what each of them found changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme

from iterable_admin.audit.asking import Question, ask_then_do, require
from iterable_admin.audit.browsing import ReadOnly, one_of
from iterable_admin.audit.maintaining import Reasoned
from iterable_admin.audit.pills import moment, pill
from iterable_admin.audit.recording import record
from journeys.mirror.asking import ask_for_a_refresh
from journeys.models import Campaign, MirrorChange, MirrorRun, Template
from journeys.steps import uses_of

PERMISSION = "journeys.refresh_mirror"
KINDS = ("channel", "message_type", "list", "journey", "campaign", "template")
MEDIUM = one_of("medium", "medium", ("Email", "Push", "InApp", "SMS"))


class Refreshed(Reasoned):
    """Only our notes are ours to write; a button has Iterable read again."""

    change_list_template = "admin/buttons_change_list.html"

    def has_add_permission(self, request: object) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"buttons": self.buttons(request), **(extra_context or {})})

    def buttons(self, request: HttpRequest) -> list[tuple[str, str]]:
        refresh = ("Refresh from Iterable …", reverse("admin:journeys_mirrorrun_refresh"))
        return [refresh] if request.user.has_perm(PERMISSION) else []

    @admin.display(description="last seen in Iterable", ordering="seen_at")
    def seen(self, row: Any) -> str:
        if row.missing_since:
            return format_html("{} {}", pill("failed", "missing since"), moment(row.missing_since))
        return moment(row.seen_at)


@admin.register(Campaign)
class CampaignAdmin(Refreshed):
    list_display = ("name", "campaign_type", "state", "medium", "workflow_id", "template_id", "seen", "notes")
    list_filter = (one_of("type", "campaign_type", ("Blast", "Triggered")), MEDIUM, ("missing_since", admin.EmptyFieldListFilter))
    ordering = ("name", "iterable_id")
    search_names = ("name",)
    search_numbers = ("iterable_id", "workflow_id", "template_id")
    search_help_text = "A name or its beginning, the id of a campaign, journey or template."
    fields = (
        *("name", "iterable_id", "campaign_type", "state", "medium", "workflow_id", "template_id", "labels", "list_ids"),
        *("suppression_list_ids", "send_size", "start_at", "ended_at", "creator", "made_at", "changed_at", "seen", "notes"),
    )
    readonly_fields = fields[:-1]


@admin.register(Template)
class TemplateAdmin(Refreshed):
    list_display = ("name", "message_type_id", "template_type", "medium", "client_template_id", "seen", "notes")
    list_filter = (
        one_of("type", "template_type", ("Base", "Blast", "Triggered", "Workflow")),
        MEDIUM,
        ("missing_since", admin.EmptyFieldListFilter),
    )
    ordering = ("name", "iterable_id")
    search_words = ("client_template_id",)
    search_names = ("name",)
    search_numbers = ("iterable_id", "message_type_id")
    search_help_text = "A name or its beginning, the id of a template or of a message type."
    fields = (
        *("name", "iterable_id", "message_type", "template_type", "medium", "used_in", "client_template_id", "campaign_id"),
        *("creator", "made_at", "changed_at", "html_of", "seen", "notes"),
    )
    readonly_fields = fields[:-1]

    @admin.display(description="message type")
    def message_type(self, template: Template) -> str:
        step = next(iter(uses_of(template)), None)
        found = step.message_type if step else None
        return f"{found} ({found.channel}, {found.get_policy_display()})" if found else str(template.message_type_id or "-")

    @admin.display(description="used in")
    def used_in(self, template: Template) -> str:
        uses = [f"{step.journey or 'a blast'}: {step.campaign} ({step.campaign.state})" for step in uses_of(template)]
        return "; ".join(uses) or "nowhere that we have seen"


@admin.register(MirrorRun)
class MirrorRunAdmin(ReadOnly):
    list_display = ("id", "started", "verdict", "trigger", "ended", "error")
    list_display_links = ("id", "started")
    list_filter = ("state",)
    ordering = ("-id",)
    search_numbers = ("id",)
    fields = ("id", "started", "ended", "verdict", "trigger", "counts", "error")
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        refresh = path("refresh/", self.admin_site.admin_view(self.refresh), name="journeys_mirrorrun_refresh")
        return [refresh, *super().get_urls()]

    def refresh(self, request: HttpRequest) -> HttpResponse:
        require(request, PERMISSION)
        sentence = (
            "Channels, message types, lists, journeys, campaigns and templates are read from Iterable. Nothing is written there."
        )
        question = Question("Refresh from Iterable", sentence, "Refresh", _back(request))

        def act(answers: Mapping[str, Any]) -> str:
            ask_for_a_refresh()
            told = "Iterable is being read; the run stands among the mirror's runs once it has begun."
            record(request.user, "refresh", "mirror of Iterable", {}, 1, answers["reason"], told)
            return told

        return ask_then_do(request, self.admin_site, question, act)

    @admin.display(description="started", ordering="started_at")
    def started(self, run: MirrorRun) -> str:
        return moment(run.started_at)

    @admin.display(description="ended")
    def ended(self, run: MirrorRun) -> str:
        return moment(run.ended_at)

    @admin.display(description="state", ordering="state")
    def verdict(self, run: MirrorRun) -> str:
        return pill(run.state, run.get_state_display())


@admin.register(MirrorChange)
class MirrorChangeAdmin(ReadOnly):
    list_display = ("id", "seen", "kind", "name", "iterable_id", "field", "old", "new")
    list_filter = (one_of("kind", "kind", KINDS), ("seen_at", admin.DateFieldListFilter))
    ordering = ("-id",)
    search_words = ("name", "field")
    search_numbers = ("iterable_id", "run_id")
    fields = ("id", "seen", "kind", "name", "iterable_id", "field", "old", "new", "run")
    readonly_fields = fields

    @admin.display(description="seen", ordering="seen_at")
    def seen(self, change: MirrorChange) -> str:
        return moment(change.seen_at)


def _back(request: HttpRequest) -> str:
    """To the page from where it was asked, if that is one of ours."""
    asked = request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if ours else reverse("admin:journeys_mirrorrun_changelist")
