"""One page on which a condition is built, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from contacts.conditions import editing
from contacts.conditions.building.counting import counted, of_parts
from contacts.conditions.building.forms import FORMS, ComparisonForm
from contacts.conditions.building.seeing import hint, values_seen
from contacts.conditions.catalogue import OF_EVENT, OF_NAMESPACE, OF_PERSON
from contacts.conditions.editing import Part, part_at
from contacts.conditions.reading import as_json, read
from contacts.conditions.tree import All, Compare, Condition, InList, MayReceive, Namespaces, Not, Performed
from contacts.conditions.tree import Any as AnyOf
from contacts.conditions.wording import HELP, heading, in_words
from iterable_admin.errors import Permanent, Problem

KINDS = {
    "field": "Compare a field",
    "namespaces": "Namespaces",
    "performed": "Did an event",
    "in_list": "Is in a list",
    "may_receive": "May receive a message type",
}
GROUPS = {"all": "A group: all of", "any": "A group: any of"}
ACTS: Mapping[str, tuple[str, Callable[[Condition, str], Condition]]] = {
    "up": ("Moved up", lambda whole, place: editing.shift(whole, place, -1)),
    "down": ("Moved down", lambda whole, place: editing.shift(whole, place, 1)),
    "in": ("Moved into the group above", editing.sink),
    "out": ("Moved out of its group", editing.lift),
    "not": ("Turned round", lambda whole, place: editing.wrap(whole, place, "not")),
    "all": ("Put into a group, all of", lambda whole, place: editing.wrap(whole, place, "all")),
    "any": ("Put into a group, any of", lambda whole, place: editing.wrap(whole, place, "any")),
    "turn": ("Changed the kind of", editing.turn),
    "unwrap": ("Took out of its group", editing.unwrap),
    "remove": ("Removed", editing.remove),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a condition belongs to. `seen`, a name and its value, goes with each form: whoever saves second is refused by `save`.

    `save` gets the new condition, what was seen, and what was done in words; it raises Problem.
    """

    title: str
    sentence: str
    condition: Condition
    seen: tuple[str, str]
    back: str
    back_words: str
    counts: str
    save: Callable[[Condition, str, str], None]


@dataclass(frozen=True, slots=True)
class Line:
    """One part as the page shows it."""

    part: Part
    words: str
    buttons: list[tuple[str, str]]
    adds: list[tuple[str, str]]
    changes: bool
    hint: str
    count: str
    inside: list[Line] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.part.place or "whole"


def build(request: HttpRequest, site: AdminSite, subject: Subject) -> HttpResponse:
    """Shows it on GET; does one thing on POST, and leads back here."""
    if request.method != "POST":
        return _show(request, site, subject, _asked(request, subject, None))
    form = None
    try:
        form = _asked(request, subject, request.POST) if request.POST.get("act") == "save" else None
        if form is not None and (form.form is None or not form.form.is_valid()):
            return _show(request, site, subject, form)
        whole, told = _saved(subject.condition, form) if form else _done(subject.condition, request.POST.get("act", ""))
        subject.save(whole, request.POST.get(subject.seen[0], ""), told)
    except Problem as problem:
        messages.error(request, str(problem))
    return HttpResponseRedirect(request.path)


@dataclass(frozen=True, slots=True)
class Asked:
    """The form that is open: a new part `into` one, or another shape of one. None of both: which field to compare."""

    part: Part
    kind: str
    form: Any
    title: str
    adds: bool
    choices: list[tuple[str, str]] = field(default_factory=list)


def _asked(request: HttpRequest, subject: Subject, data: Any) -> Asked | None:
    given = request.GET if data is None else data
    kind, adds = given.get("kind", ""), "into" in given
    place = given.get("into", given.get("part"))
    if place is None or (adds and kind not in FORMS):
        return None
    try:
        part = part_at(subject.condition, "" if place == "whole" else place)
    except Permanent as problem:
        if data is not None:
            raise
        messages.error(request, str(problem))
        return None
    kind = kind if adds else _kind(part.condition)
    if kind not in FORMS:
        return None
    return _form(part, kind, given.get("field", ""), data, adds)


def _form(part: Part, kind: str, name: str, data: Any, adds: bool) -> Asked:
    fields = _fields_in(part) if adds else part.fields
    old = None if adds else part.condition
    title = f"Add to “{heading(part.condition, part.fields)}”" if adds else f"Change “{heading(part.condition, part.fields)}”"
    if kind != "field":
        if fields is not OF_PERSON:
            raise Http404
        return Asked(part, kind, FORMS[kind](data, fields, old), title, adds)
    name = old.field if isinstance(old, Compare) and not name else name
    if name not in fields:
        choices = [(one.name, f"{one.label} ({one.unit})" if one.unit else one.label) for one in fields.values()]
        return Asked(part, kind, None, title, adds, sorted(choices, key=lambda one: one[1]))
    same = old if isinstance(old, Compare) and old.field == name else None
    return Asked(part, kind, ComparisonForm(data, fields, same, field=fields[name]), title, adds)


def _fields_in(part: Part) -> editing.Fields:
    """Those that what is added to a part may ask for."""
    match part.condition:
        case Namespaces():
            return OF_NAMESPACE
        case Performed():
            return OF_EVENT
    return part.fields


def _saved(whole: Condition, asked: Asked) -> tuple[Condition, str]:
    new, place = asked.form.part, asked.part.place
    words = in_words(new, asked.form.asked)
    if asked.adds:
        return _readable(editing.add(whole, place, new)), f"Added: {words}."
    return _readable(editing.put(whole, place, new)), f"Changed: {words}."


def _done(whole: Condition, act: str) -> tuple[Condition, str]:
    name, _, place = act.partition(":")
    place = "" if place == "whole" else place
    part = part_at(whole, place)
    words = heading(part.condition, part.fields)
    if name.startswith("add-") and name[4:] in GROUPS:
        group: Condition = All(()) if name == "add-all" else AnyOf(())
        return _readable(editing.add(whole, place, group)), f"{GROUPS[name[4:]]}, added."
    if name not in ACTS:
        raise Permanent("Nothing was asked.")
    told, do = ACTS[name]
    return _readable(do(whole, place)), f"{told}: {words}."


def _readable(whole: Condition) -> Condition:
    """Raises Unreadable where it has become too deep or too large."""
    return read(as_json(whole))


def _show(request: HttpRequest, site: AdminSite, subject: Subject, asked: Asked | None) -> HttpResponse:
    found = counted(of_parts(subject.condition), seconds=None) if "count" in request.GET else {}
    context = {
        **site.each_context(request),
        "title": subject.title,
        "subject": subject,
        "sentence": in_words(subject.condition),
        "line": lines(subject.condition, found.get("counts", {})),
        "counted": found,
        "asked": asked,
        "help": HELP,
    }
    return TemplateResponse(request, "admin/conditions/building/page.html", context)


def lines(condition: Condition, counts: Mapping[str, str]) -> Line:
    """The whole, with its parts inside."""
    seen: dict[tuple[str, str], list[str]] = {}
    made: dict[str, Line] = {}
    for part in editing.parts(condition):
        made[part.place] = _line(part, made, counts.get(part.place or "whole", ""), seen)
        if part.place:
            made[part.place.rpartition(".")[0]].inside.append(made[part.place])
    return made[""]


def _line(part: Part, made: Mapping[str, Line], count: str, seen: dict[tuple[str, str], list[str]]) -> Line:
    odd = ""
    if isinstance(part.condition, Compare):
        asked = part.fields[part.condition.field]
        key = (asked.place, asked.name)
        if key not in seen:
            seen[key] = values_seen(asked)
        odd = hint(part, seen[key])
    adds = _kinds_in(part) if part.holds or not part.place else []
    return Line(
        part, heading(part.condition, part.fields), _buttons(part, made), adds, _kind(part.condition) in FORMS, odd, count
    )


def _kinds_in(part: Part) -> list[tuple[str, str]]:
    """What can be added to it."""
    return list(KINDS.items()) if _fields_in(part) is OF_PERSON else [("field", KINDS["field"])]


def _moves(part: Part, made: Mapping[str, Line]) -> list[tuple[str, str]]:
    """`made`: the lines above it."""
    told = [("up", "Up")] if part.siblings > 1 and part.number > 0 else []
    told += [("down", "Down")] if part.number < part.siblings - 1 else []
    above, _, last = part.place.rpartition(".")
    beside = made.get(f"{above}.{int(last) - 1}" if above else str(int(last) - 1)) if last else None
    told += [("in", "Into the group above")] if beside and isinstance(beside.part.condition, All | AnyOf) else []
    outer = made.get(above.rpartition(".")[0]) if above else None
    groups = outer and all(isinstance(one.part.condition, All | AnyOf) for one in (outer, made[above]))
    return [*told, *([("out", "Out of the group")] if groups else [])]


def _buttons(part: Part, made: Mapping[str, Line]) -> list[tuple[str, str]]:
    told = _moves(part, made)
    match part.condition:
        case All(of) | AnyOf(of):
            told.append(("turn", "Any of instead" if isinstance(part.condition, All) else "All of instead"))
            told += [("unwrap", "Without the group")] if part.place and of else []
        case Not():
            told.append(("unwrap", "Without “not”"))
    told += [] if isinstance(part.condition, Not) else [("not", "Not")]
    told += [("all", "Group: all of"), ("any", "Group: any of")] if not isinstance(part.condition, All | AnyOf) else []
    return [*told, ("remove", "Remove" if part.place else "Remove all")]


def _kind(condition: Condition) -> str:
    kinds: dict[type, str] = {
        Compare: "field",
        Namespaces: "namespaces",
        Performed: "performed",
        InList: "in_list",
        MayReceive: "may_receive",
    }
    return kinds.get(type(condition), "")
