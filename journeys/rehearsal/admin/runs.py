"""Rehearsals: asked for, followed, read, verified, compared; and the people behind each number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst

from iterable_admin.audit.asking import Question, ask_then_do, require
from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.audit.pills import moment
from iterable_admin.audit.recording import record
from iterable_admin.errors import Problem
from journeys.models import Journey
from journeys.rehearsal.admin.following import ask_to_cancel, progress_of, verdict_of
from journeys.rehearsal.admin.form import RehearseForm, wanted
from journeys.rehearsal.asking import ask_for_rehearsal, ask_to_verify
from journeys.rehearsal.bounding import Cell
from journeys.rehearsal.comparing import compare, exposed_of, parameters_that_differ, sent_of
from journeys.rehearsal.models import RehearsalCell, RehearsalRun
from journeys.rehearsal.people import people_page
from journeys.rehearsal.remembering import as_today_among
from journeys.rehearsal.told import caveats, drawn, figure, graph_of, names_of, steps_told, what_if

VIEW = "journeys.view_rehearsalrun"
REHEARSE = "journeys.rehearse_journey"
SEE_PEOPLE = "journeys.see_rehearsed_people"
PAGE = "admin:journeys_rehearsalrun_change"
A_PAGE = 50


@admin.register(RehearsalRun)
class RehearsalRunAdmin(ReadOnly):
    list_display = ("id", "asked", "journey", "version_number", "mode", "of_moment", "verdict", "took", "actor_name")
    list_display_links = ("id", "asked")
    list_filter = ("state", "mode", "journey")
    list_select_related = ("journey", "version")
    ordering = ("-id",)
    search_words = ("actor_name", "journey__name")
    search_numbers = ("id",)
    fields = ("journey", "version", "mode", "since", "at", "actor_name", "asked", "took", "graph_hash", "resolver", "watermark")
    readonly_fields = fields
    change_form_template = "admin/journeys/rehearsalrun/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, Callable[..., HttpResponse]] = {
            "<int:pk>/progress/": self.progress,
            "<int:pk>/people/": self.people,
            "<int:pk>/compare/": self.compare,
            "<int:pk>/verify/": self.verify,
            "<int:pk>/cancel/": self.cancel,
            "of/<int:pk>/": self.ask,
        }
        names = ("progress", "people", "compare", "verify", "cancel", "ask")
        wrap = self.admin_site.admin_view
        of_pages = zip(names, views.items(), strict=True)
        mine = [path(way, wrap(view), name=f"journeys_rehearsalrun_{name}") for name, (way, view) in of_pages]
        return [*mine, *super().get_urls()]

    def ask(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, REHEARSE)
        journey = get_object_or_404(Journey, pk=pk)
        question = Question(
            f"Rehearse {journey}",
            "Everybody we know is walked through it, here, by a worker. Nothing is sent, and nothing in Iterable is touched.",
            "Rehearse",
            reverse("admin:journeys_journey_change", args=[pk]),
        )

        def act(answers: Mapping[str, Any]) -> HttpResponse:
            run = ask_for_rehearsal(answers["version"], wanted(dict(answers)), request.user, answers["reason"])
            return HttpResponseRedirect(reverse(PAGE, args=[run.pk]))

        return ask_then_do(request, self.admin_site, question, act, partial(RehearseForm, journey))

    def verify(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, REHEARSE)
        run = get_object_or_404(RehearsalRun, pk=pk)
        sentence = "A worker counts it once more and says whether the counts are the same. What was counted stays."
        question = Question(f"Verify {run}", sentence, "Verify", reverse(PAGE, args=[pk]))

        def act(answers: Mapping[str, Any]) -> str:
            ask_to_verify(run, request.user, answers["reason"])
            return "A worker counts it next."

        return ask_then_do(request, self.admin_site, question, act)

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, REHEARSE)
        return ask_to_cancel(request, self.admin_site, get_object_or_404(RehearsalRun, pk=pk), PAGE)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        run = self.get_object(request, object_id)
        shown = page_of(run, request) if isinstance(run, RehearsalRun) else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, VIEW)
        return JsonResponse(told(get_object_or_404(RehearsalRun, pk=pk)))

    def people(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Each look is written down: these are people's addresses."""
        require(request, SEE_PEOPLE)
        cell = get_object_or_404(
            RehearsalCell.objects.select_related("run__journey"), run=pk, pk=_number(request.GET.get("cell"))
        )
        number, problem, rows = max(1, _number(request.GET.get("page"))), "", []
        try:
            rows = people_page(cell.run, Cell(cell.step, cell.outcome, cell.reason, cell.cause), number, A_PAGE)
        except Problem as found:
            problem = str(found)
        selection = {"rehearsal": pk, "cell": cell.pk, "page": number}
        record(request.user, "view people", f"{cell.run}, {cell}", selection, len(rows), "", f"{len(rows)} people shown.")
        context = {**self.admin_site.each_context(request), "title": f"People: {cell}", "cell": cell, "rows": rows}
        context |= {"number": number, "problem": problem, "more": len(rows) == A_PAGE}
        context |= {"as_today": as_today_among(cell.run, rows)}
        return TemplateResponse(request, "admin/journeys/rehearsalrun/people.html", context)

    def compare(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, VIEW)
        runs = RehearsalRun.objects.select_related("journey", "version").prefetch_related("cells")
        after, before = get_object_or_404(runs, pk=pk), runs.filter(pk=_number(request.GET.get("with", str(pk)))).first()
        if before is None:
            raise Http404
        if {before.state, after.state} != {RehearsalRun.State.COMPLETED}:
            messages.error(request, "Only rehearsals that are completed can be compared: another one has no numbers.")
            return HttpResponseRedirect(reverse(PAGE, args=[pk]))
        differ = parameters_that_differ(before, after)
        names = names_of(graph_of(before)) | names_of(graph_of(after))
        steps = [(names.get(found.step, found.step), found) for found in compare(before, after)]
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(f"{before} and {after}"),
            "before": before,
            "after": after,
        }
        context |= {"steps": steps, "differ": differ}
        return TemplateResponse(request, "admin/journeys/rehearsalrun/compare.html", context)

    @admin.display(description="asked for", ordering="created_at")
    def asked(self, run: RehearsalRun) -> str:
        return moment(run.created_at)

    @admin.display(description="version")
    def version_number(self, run: RehearsalRun) -> str:
        return str(run.version.number) if run.version else "-"

    @admin.display(description="as of", ordering="at")
    def of_moment(self, run: RehearsalRun) -> str:
        return moment(run.at)

    @admin.display(description="took")
    def took(self, run: RehearsalRun) -> str:
        return "-" if run.seconds is None else f"{run.seconds:.1f} s"

    @admin.display(description="state", ordering="state")
    def verdict(self, run: RehearsalRun) -> str:
        return verdict_of(run)


def _number(told: str | None) -> int:
    return int(told) if told and told.isdecimal() and len(told) < 19 else 0


def told(run: RehearsalRun) -> dict[str, Any]:
    progress = progress_of(run)
    return {**progress, "state": f"{run.state} {run.verifying}"}


def page_of(run: RehearsalRun, request: HttpRequest) -> dict[str, Any]:
    completed = run.state == RehearsalRun.State.COMPLETED
    graph = graph_of(run) if completed else None
    others = RehearsalRun.objects.filter(journey=run.journey_id, state="completed").exclude(pk=run.pk).order_by("-id")[:5]
    return {
        "title": capfirst(str(run)),
        "subtitle": None,
        "verdict": verdict_of(run),
        "progress": told(run),
        "progress_url": reverse("admin:journeys_rehearsalrun_progress", args=[run.pk]),
        "under_way": run.state in RehearsalRun.OPEN or run.verifying,
        "steps": steps_told(run, graph) if completed else [],
        "picture": drawn(run, graph) if graph else "",
        "sent": figure(*sent_of(run)),
        "exposed": figure(*exposed_of(run)),
        "is_exposed": exposed_of(run)[1] > 0,
        "what_if": what_if(run),
        "caveats": caveats(graph) if graph else [],
        "others": list(others) if completed else [],
        "rehearses": request.user.has_perm(REHEARSE),
        "sees_people": request.user.has_perm(SEE_PEOPLE),
    }
