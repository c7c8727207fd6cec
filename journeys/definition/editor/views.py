"""The pages of the editor besides those of steps: the draft as a whole, its start, its exit rules, its conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from contacts.conditions.building.counting import asked_from, counted, of_parts
from contacts.conditions.building.page import Subject, build
from contacts.conditions.tree import Condition
from iterable_admin.audit.asking import Question, ReasonForm, ask_then_do, require
from iterable_admin.errors import Problem
from journeys.definition.editor.desk import Desk, View, for_writers
from journeys.definition.editor.page import editor_page
from journeys.definition.editor.rows import KNOWN_FIELDS
from journeys.definition.editor.start_forms import RuleForm, StartForm, with_rule
from journeys.definition.editor.steps import add_step, edit_step
from journeys.definition.graph import Entry, Graph, Start
from journeys.definition.lifecycle import WRITE, By, propose
from journeys.definition.slots import fill, slot_at, slots
from journeys.lint.ground import triggers_of
from journeys.models import Journey

NOTHING_SENT = "You add its steps next. Nothing in Iterable is touched, by this or by anything you edit here."


class NewJourneyForm(ReasonForm):
    name = forms.CharField(max_length=200, help_text="As it will be called in Iterable.")
    field_order = ("name", "reason")


def describe_new(request: HttpRequest) -> HttpResponse:
    """Also of a journey that Iterable does not have yet."""
    require(request, WRITE)
    sentence = f"A draft of a journey that Iterable does not have yet. {NOTHING_SENT}"
    question = Question("Describe a new journey", sentence, "Begin the draft", reverse("admin:journeys_journey_changelist"))

    def act(answers: Mapping[str, Any]) -> HttpResponse:
        return _begun(request, Journey.objects.create(name=answers["name"]), answers["reason"])

    return ask_then_do(request, admin.site, question, act, NewJourneyForm)


def describe(request: HttpRequest, pk: int) -> HttpResponse:
    require(request, WRITE)
    journey = get_object_or_404(Journey, pk=pk)
    back = reverse("admin:journeys_journey_change", args=[pk])
    question = Question(f"Describe {journey}", f"A draft with nothing in it. {NOTHING_SENT}", "Begin the draft", back)
    return ask_then_do(request, admin.site, question, lambda answers: _begun(request, journey, answers["reason"]))


def _begun(request: HttpRequest, journey: Journey, reason: str) -> HttpResponse:
    events = triggers_of(journey)
    graph = Graph(Start(Entry("event", event=events[0]) if events else Entry("api")))
    made = propose(journey, By(cast("User", request.user), reason), graph)
    messages.success(request, f"Begun: {made}.")
    return HttpResponseRedirect(reverse("admin:journeys_journeyversion_edit", args=[made.pk]))


def edit_version(desk: Desk) -> HttpResponse:
    return _show(desk, "page", f"Edit {desk.version}", {"page": editor_page(desk), "counts": desk.at("counts")})


def edit_start(desk: Desk) -> HttpResponse:
    form = StartForm(desk.request.POST if desk.request.method == "POST" else None, desk.graph)
    if form.is_valid():
        return desk.try_to(lambda: (form.changed, "Changed: how people enter."))
    return _show(desk, "form", f"The start of {desk.version}", {"form": form, "known_fields": KNOWN_FIELDS})


def edit_rule(desk: Desk, number: int) -> HttpResponse:
    rules = desk.graph.start.exit_rules
    if number > len(rules):
        raise Http404
    posted = desk.request.POST if desk.request.method == "POST" else None
    if posted is not None and posted.get("act") == "remove" and number < len(rules):
        return desk.try_to(lambda: (with_rule(desk.graph, number, None), f"Removed: exit rule {rules[number].name}."))
    form = RuleForm(posted, desk.graph.start, number)
    if form.is_valid():
        rule = form.rule(form.cleaned_data)
        then = desk.at("condition", f"rule/{number}") if rule.where is not None and form.old is None else ""
        return desk.try_to(lambda: (with_rule(desk.graph, number, rule), f"Exit rule: {rule.name}."), then)
    title = f"Exit rule {rules[number].name} of {desk.version}" if number < len(rules) else f"A new exit rule of {desk.version}"
    return _show(desk, "form", title, {"form": form, "removes": number < len(rules)})


def edit_condition(desk: Desk, way: str) -> HttpResponse:
    try:
        slot = slot_at(desk.graph, way)
    except Problem as problem:
        return desk.refused(str(problem))

    def save(condition: Condition, _seen: str, told: str) -> None:
        desk.save(fill(desk.graph, way, condition), f"{slot.words}. {told}")

    subject = Subject(
        title=f"{slot.words}: {desk.version}",
        sentence=f"{slot.words}:",
        condition=slot.condition,
        seen=("revision", str(desk.version.revision)),
        back=f"{desk.home}#step-{slot.step}" if slot.step else desk.home,
        back_words=f"the editor of {desk.version}",
        counts=f"{desk.at('counts')}?of={way}",
        save=save,
    )
    return build(desk.request, admin.site, subject)


def count_conditions(desk: Desk) -> HttpResponse:
    """Of all conditions of the draft, each as a whole; `?of=` one of them: of its parts."""
    way, since = desk.request.GET.get("of"), asked_from(desk.request.GET)
    if way is None:
        return JsonResponse(counted({slot.way: slot.condition for slot in slots(desk.graph)}, since))
    try:
        return JsonResponse(counted(of_parts(slot_at(desk.graph, way).condition), since))
    except Problem as problem:
        return JsonResponse({"problem": str(problem)})


def _show(desk: Desk, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
    shown = {**admin.site.each_context(desk.request), "title": title, "version": desk.version, "home": desk.home, **context}
    return TemplateResponse(desk.request, f"admin/journeys/editor/{name}.html", shown)


def urls() -> list[URLPattern]:
    wrap, name = admin.site.admin_view, "journeys_journeyversion_"
    pages: dict[str, tuple[str, View]] = {
        "edit": ("", edit_version),
        "start": ("start/", edit_start),
        "rule": ("rule/<int:number>/", edit_rule),
        "add_step": ("add/", add_step),
        "step": ("step/<slug:key>/", edit_step),
        "condition": ("condition/<path:way>/", edit_condition),
        "counts": ("counts/", count_conditions),
    }
    return [
        path("describe/", wrap(describe_new), name=f"{name}describe_new"),
        path("describe/<int:pk>/", wrap(describe), name=f"{name}describe"),
        *(path(f"<int:pk>/edit/{route}", wrap(for_writers(view)), name=name + word) for word, (route, view) in pages.items()),
    ]
