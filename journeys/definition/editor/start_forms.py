"""How people enter, how often, who is kept out, and what makes them leave at any step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from django import forms

from contacts.conditions.reading import Unreadable
from contacts.conditions.tree import All
from journeys.definition.editor import choosing
from journeys.definition.graph import ExitRule, Graph, Start
from journeys.definition.reading import OF_ENTRY, as_json, read_graph

ENTRIES = {
    "event": "An event comes",
    "schedule": "By the clock",
    "api": "A call of Iterable's API",
    "journey": "They come from another journey",
    "profile_update": "A field of the profile is updated",
    "list": "They are added to a list",
}


class StartForm(forms.Form):
    """`where` and the exit rules are edited on their own pages."""

    kind = forms.ChoiceField(choices=list(ENTRIES.items()), label="People enter when")
    event = forms.ChoiceField(required=False, help_text="Where an event starts it.")
    list_id = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, label="List", help_text="Where a list does.")
    field = forms.CharField(
        required=False,
        max_length=200,
        label="Field of the profile",
        help_text="Where its update does.",
        widget=forms.TextInput(attrs={"list": "profile-fields"}),
    )
    journey = forms.ChoiceField(required=False, label="Journey before", help_text="Where another journey leads into it.")
    schedule = forms.CharField(required=False, max_length=200, help_text="In words, such as: every Monday at 9:00 UTC.")
    lifetime_limit = forms.IntegerField(
        required=False, min_value=1, label="Entries ever", help_text="Of each person; empty: as often as they like."
    )
    simultaneous_limit = forms.IntegerField(required=False, min_value=1, label="Entries at once", help_text="Empty: no limit.")
    suppress_lists = forms.TypedMultipleChoiceField(
        required=False, coerce=int, label="Suppressed lists", help_text="Who is on one of them does not enter."
    )

    def __init__(self, data: Any, graph: Graph, **given: Any) -> None:
        self.graph, start = graph, graph.start
        entry = {name: getattr(start.entry, name) for name in ("kind", "event", "list_id", "field", "journey", "schedule")}
        limits = {name: getattr(start, name) for name in ("lifetime_limit", "simultaneous_limit", "suppress_lists")}
        super().__init__(data, initial={**entry, **limits}, **given)
        known = choosing.lists(start.entry.list_id, *start.suppress_lists)
        self._choose("event", choosing.events(start.entry.event))
        self._choose("list_id", [choosing.NONE, *known])
        self._choose("suppress_lists", known)
        self._choose("journey", choosing.journeys(start.entry.journey))

    def _choose(self, name: str, choices: choosing.Choices) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        needed = OF_ENTRY[cleaned["kind"]]
        if needed and not cleaned[needed]:
            self.add_error(needed, f"Is needed where “{ENTRIES[cleaned['kind']]}” is chosen.")
            return cleaned
        told = as_json(self.graph)
        limits = {name: cleaned[name] for name in ("lifetime_limit", "simultaneous_limit") if cleaned[name]}
        kept = {name: told["start"][name] for name in ("where", "exit_rules") if name in told["start"]}
        entry = {"kind": cleaned["kind"], **({needed: cleaned[needed]} if needed else {})}
        told["start"] = {**kept, **limits, "entry": entry, "suppress_lists": cleaned["suppress_lists"]}
        try:
            self.changed = read_graph(told)
        except Unreadable as problem:
            self.add_error(None, str(problem))
        return cleaned


class RuleForm(forms.Form):
    """`number` among the exit rules; one more than there are: a new one."""

    name = forms.CharField(max_length=200)
    event = forms.ChoiceField(required=False, label="Who does this event")
    by_condition = forms.BooleanField(
        required=False, label="Or of whom a condition is true", help_text="The condition is built next, on its own page."
    )

    def __init__(self, data: Any, start: Start, number: int, **given: Any) -> None:
        self.start, self.number = start, number
        old = start.exit_rules[number] if number < len(start.exit_rules) else None
        self.old = old
        first = {"name": old.name, "event": old.event, "by_condition": old.where is not None} if old else {}
        super().__init__(data, initial=first, **given)
        cast("forms.ChoiceField", self.fields["event"]).choices = choosing.events(old.event if old else "")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not (cleaned["event"] or cleaned["by_condition"]):
            self.add_error(None, "Choose what makes people leave: an event, a condition, or both.")
        others = {rule.name for number, rule in enumerate(self.start.exit_rules) if number != self.number}
        if cleaned.get("name") in others:
            self.add_error("name", "Another exit rule has this name.")
        return cleaned

    def rule(self, cleaned: Mapping[str, Any]) -> ExitRule:
        kept = self.old.where if self.old and self.old.where is not None else All(())
        return ExitRule(cleaned["name"], cleaned["event"], kept if cleaned["by_condition"] else None)


def with_rule(graph: Graph, number: int, rule: ExitRule | None) -> Graph:
    """None takes it away."""
    rules = graph.start.exit_rules
    changed = (*rules[:number], *([rule] if rule else []), *rules[number + 1 :])
    return replace(graph, start=replace(graph.start, exit_rules=changed))
