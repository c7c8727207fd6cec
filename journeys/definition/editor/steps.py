"""Adding a step, and the page of one: its fields, where its ways lead, its place, and the way to take it out."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse

from iterable_admin.errors import Problem
from journeys.definition import editing
from journeys.definition.describing import Way, name_of, ways_of
from journeys.definition.editor.desk import Desk
from journeys.definition.editor.page import condition_told, findings_by_step
from journeys.definition.editor.rows import KNOWN_FIELDS
from journeys.definition.editor.step_forms import FORMS, StepForm
from journeys.definition.graph import NEXT, START, Graph, HoldUntil, Note, Split, Step, outcomes
from journeys.definition.reading import KIND_OF
from journeys.definition.slots import slots

OUT = ""
NO_PLACE = "There is no such way any more: somebody changed the draft meanwhile."


def add_step(desk: Desk) -> HttpResponse:
    """The kind first, then its fields; `after` and `outcome` name the way on which it comes to stand."""
    given = desk.request.POST if desk.request.method == "POST" else desk.request.GET
    source, outcome, kind = given.get("after", START), given.get("outcome", NEXT), given.get("kind", "")
    place = next((one for one in editing.places(desk.graph) if (one.source, one.outcome) == (source, outcome)), None)
    if place is None:
        return desk.refused(NO_PLACE)
    context: dict[str, Any] = {"place": place, "kinds": [(name, form.label) for name, form in FORMS.items()], "kind": kind}
    if kind not in FORMS:
        return _show(desk, "add", f"Add a step after {place.words}", context)
    data = desk.request.POST if desk.request.method == "POST" else None
    form = FORMS[kind](data, editing.keys_of(desk.graph), None, desk.version.journey.workflow_id)
    if data is not None and form.is_valid():
        return _added(desk, form, place)
    title = f"Add after {place.words}: {form.label.lower()}"
    return _show(desk, "add", title, {**context, "form": form, "known_fields": KNOWN_FIELDS})


def _added(desk: Desk, form: StepForm, place: editing.Place) -> HttpResponse:
    graph = editing.add(desk.graph, form.step, place.source, place.outcome)
    told = f"Added after {place.words}: {name_of(form.step)}."
    return desk.try_to(lambda: (graph, told), _next(desk, form.step))


def _next(desk: Desk, step: Step) -> str:
    """To the step's page where its conditions are to be built, otherwise to where it stands."""
    builds = isinstance(step, Split) or (isinstance(step, HoldUntil) and step.where is not None)
    return desk.at("step", step.key) if builds else f"{desk.home}#step-{step.key}"


class PlaceForm(forms.Form):
    """`source` and `outcome` of a way, in one choice."""

    place = forms.ChoiceField(label="After")

    def __init__(self, data: Any, graph: Graph, key: str) -> None:
        super().__init__(data)
        self.places = {f"{one.source}:{one.outcome}": one for one in editing.places(graph) if one.source != key}
        cast("forms.ChoiceField", self.fields["place"]).choices = [(name, one.words) for name, one in self.places.items()]

    @property
    def chosen(self) -> editing.Place:
        return self.places[self.cleaned_data["place"]]


class WaysForm(forms.Form):
    """What follows by each way of a step."""

    def __init__(self, data: Any, graph: Graph, key: str, ways: tuple[Way, ...]) -> None:
        super().__init__(data)
        steps = [(one.key, name_of(one)) for one in graph.steps if not isinstance(one, Note) and one.key != key]
        for way in ways:
            label = way.label[:1].upper() + way.label[1:] if way.label else "Then"
            choices = [(OUT, "leaves the journey"), *steps]
            self.fields[f"way-{way.outcome}"] = forms.ChoiceField(
                choices=choices, required=False, label=label, initial=way.to or OUT
            )


def edit_step(desk: Desk, key: str) -> HttpResponse:
    try:
        step = editing.step_of(desk.graph, key)
    except Problem as problem:
        return desk.refused(str(problem))
    posted = desk.request.POST if desk.request.method == "POST" else None
    act = posted.get("act", "") if posted is not None else ""
    if posted is not None and act != "save":
        return _do(desk, step, act)
    make, journey = FORMS[KIND_OF[type(step)]], desk.version.journey
    form = make(posted, editing.keys_of(desk.graph), step, journey.workflow_id)
    if form.is_valid():
        return desk.try_to(lambda: _changed(desk, form.step), _next(desk, form.step))
    return _show(desk, "step", f"{name_of(step)[:80]}: a step of {desk.version}", _context(desk, step, form))


def _changed(desk: Desk, step: Step) -> tuple[Graph, str]:
    return editing.change(desk.graph, step), f"Changed: {name_of(step)}."


def _context(desk: Desk, step: Step, form: StepForm) -> dict[str, Any]:
    ways = ways_of(desk.graph, step.key)
    return {
        "step": step,
        "form": form,
        "known_fields": KNOWN_FIELDS,
        "conditions": [condition_told(desk, slot) for slot in slots(desk.graph) if slot.step == step.key],
        "findings": findings_by_step(desk).get(step.key, []),
        "ways": WaysForm(None, desk.graph, step.key, ways) if ways else None,
        "places": None if isinstance(step, Note) else PlaceForm(None, desk.graph, step.key),
        "exits": editing.remove(desk.graph, step.key).exits,
    }


def _do(desk: Desk, step: Step, act: str) -> HttpResponse:
    match act:
        case "move" if not isinstance(step, Note):
            place = PlaceForm(desk.request.POST, desk.graph, step.key)
            if place.is_valid():
                return desk.try_to(lambda: _moved(desk, step, place.chosen), f"{desk.home}#step-{step.key}")
        case "connect":
            ways = WaysForm(desk.request.POST, desk.graph, step.key, ways_of(desk.graph, step.key))
            if ways.is_valid():
                return desk.try_to(lambda: _connected(desk, step, ways.cleaned_data), f"{desk.home}#step-{step.key}")
        case "remove":
            return desk.try_to(lambda: _removed(desk, step))
    raise Http404


def _moved(desk: Desk, step: Step, place: editing.Place) -> tuple[Graph, str]:
    return editing.move(desk.graph, step.key, place.source, place.outcome), f"Moved after {place.words}: {name_of(step)}."


def _connected(desk: Desk, step: Step, chosen: dict[str, str]) -> tuple[Graph, str]:
    graph = desk.graph
    for outcome in outcomes(step):
        graph = editing.connect(graph, step.key, outcome, chosen[f"way-{outcome}"] or None)
    return graph, f"Joined anew: what follows {name_of(step)}."


def _removed(desk: Desk, step: Step) -> tuple[Graph, str]:
    removed = editing.remove(desk.graph, step.key)
    exits = f" An exit now: {'; '.join(removed.exits)}." if removed.exits else ""
    return removed.graph, f"Removed: {name_of(step)}.{exits}"


def _show(desk: Desk, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
    shown = {**admin.site.each_context(desk.request), "title": title, "version": desk.version, "home": desk.home, **context}
    return TemplateResponse(desk.request, f"admin/journeys/editor/{name}.html", shown)
