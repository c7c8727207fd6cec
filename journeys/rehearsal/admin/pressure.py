"""How many messages people get of all described journeys together: asked for, counted by a worker, and who they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst

from iterable_admin.audit.asking import Question, ReasonForm, ask_then_do, require
from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.audit.pills import moment
from iterable_admin.audit.recording import record
from journeys.rehearsal.admin.following import ask_to_cancel, progress_of, verdict_of
from journeys.rehearsal.admin.runs import A_PAGE, REHEARSE, SEE_PEOPLE
from journeys.rehearsal.models import PressureRun
from journeys.rehearsal.pressing import ask_for_pressure
from journeys.rehearsal.pressure import MOST_PEOPLE

VIEW = "journeys.view_pressurerun"
PAGE = "admin:journeys_pressurerun_change"
MOST_DAYS = 366


class PressureForm(ReasonForm):
    days = forms.IntegerField(
        label="Of whoever entered within so many days", min_value=1, max_value=MOST_DAYS, initial=90,
        help_text="Their messages until today are counted.",
    )  # fmt: skip
    in_a_day = forms.IntegerField(label="Too many: more than, in any 24 hours", min_value=0, max_value=1_000, initial=2)
    in_a_week = forms.IntegerField(label="Too many: more than, in any 7 days", min_value=0, max_value=1_000, initial=4)
    field_order = ("days", "in_a_day", "in_a_week", "reason")


@admin.register(PressureRun)
class PressureRunAdmin(ReadOnly):
    list_display = ("id", "asked", "days", "most_in_a_day", "most_in_a_week", "verdict", "actor_name")
    list_display_links = ("id", "asked")
    list_filter = ("state",)
    ordering = ("-id",)
    search_words = ("actor_name",)
    search_numbers = ("id",)
    fields = ("asked", "actor_name", "days", "most_in_a_day", "most_in_a_week")
    readonly_fields = fields
    change_list_template = "admin/buttons_change_list.html"
    change_form_template = "admin/journeys/pressurerun/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("count/", wrap(self.ask), name="journeys_pressurerun_count"),
            path("<int:pk>/people/", wrap(self.people), name="journeys_pressurerun_people"),
            path("<int:pk>/progress/", wrap(self.progress), name="journeys_pressurerun_progress"),
            path("<int:pk>/cancel/", wrap(self.cancel), name="journeys_pressurerun_cancel"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        buttons = [("Count …", reverse("admin:journeys_pressurerun_count"))] if request.user.has_perm(REHEARSE) else []
        return super().changelist_view(request, {"buttons": buttons, **(extra_context or {})})

    def ask(self, request: HttpRequest) -> HttpResponse:
        require(request, REHEARSE)
        question = Question(
            "Count the messages that people get",
            "All described journeys are replayed, here, by a worker. Nothing is sent, and nothing in Iterable is touched.",
            "Count",
            reverse("admin:journeys_pressurerun_changelist"),
        )

        def act(answers: Mapping[str, Any]) -> HttpResponse:
            limits = (answers["days"], answers["in_a_day"], answers["in_a_week"])
            run = ask_for_pressure(*limits, request.user, answers["reason"])
            return HttpResponseRedirect(reverse(PAGE, args=[run.pk]))

        return ask_then_do(request, self.admin_site, question, act, PressureForm)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        run = self.get_object(request, object_id)
        shown = page_of(run, request) if isinstance(run, PressureRun) else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, VIEW)
        return JsonResponse(progress_of(get_object_or_404(PressureRun, pk=pk), "journeys"))

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, REHEARSE)
        return ask_to_cancel(request, self.admin_site, get_object_or_404(PressureRun, pk=pk), PAGE)

    def people(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Each look is written down: these are people's addresses."""
        require(request, SEE_PEOPLE)
        run = get_object_or_404(PressureRun, pk=pk)
        page = Paginator(run.people.select_related("contact"), A_PAGE).get_page(request.GET.get("page"))
        shown = len(page.object_list)
        record(request.user, "view people", str(run), {"count": pk, "page": page.number}, shown, "", f"{shown} people shown.")
        context = {**self.admin_site.each_context(request), "title": f"Who gets too many: {run}", "run": run, "page": page}
        return TemplateResponse(request, "admin/journeys/pressurerun/people.html", context)

    @admin.display(description="asked for", ordering="created_at")
    def asked(self, run: PressureRun) -> str:
        return moment(run.created_at)

    @admin.display(description="state", ordering="state")
    def verdict(self, run: PressureRun) -> str:
        return verdict_of(run)


def page_of(run: PressureRun, request: HttpRequest) -> dict[str, Any]:
    spreads = [
        ("24 hours", run.most_in_a_day, _spread(run, "in_a_day")),
        ("7 days", run.most_in_a_week, _spread(run, "in_a_week")),
    ]
    told = [(words, most, sum(people for number, people in spread if number > most), spread) for words, most, spread in spreads]
    return {
        "title": capfirst(str(run)),
        "subtitle": None,
        "verdict": verdict_of(run),
        "progress": progress_of(run, "journeys"),
        "under_way": run.state in PressureRun.OPEN,
        "progress_url": reverse("admin:journeys_pressurerun_progress", args=[run.pk]),
        "spreads": told if run.state == PressureRun.State.COMPLETED else [],
        "too_many": any(people for _, _, people, _ in told),
        "most_people": MOST_PEOPLE,
        "sees_people": request.user.has_perm(SEE_PEOPLE),
        "rehearses": request.user.has_perm(REHEARSE),
    }


def _spread(run: PressureRun, name: str) -> list[tuple[int, int]]:
    """Of JSON, whose keys are texts."""
    return sorted((int(number), people) for number, people in run.counts.get(name, {}).items())
