"""A form for each kind of step. What it says is read as a definition's JSON is: both refuse the same, in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms

from contacts.conditions.building.forms import plain
from contacts.conditions.reading import Unreadable
from journeys.definition.describing import MEDIA
from journeys.definition.editing import key_for
from journeys.definition.editor import choosing
from journeys.definition.editor.rows import BRANCHES, FIELDS, VARIANTS, Rows
from journeys.definition.graph import Step
from journeys.definition.reading import read_step, write_step

UNITS = {"minutes": 1 / 60, "hours": 1.0, "days": 24.0}
UNIT_CHOICES = [(unit, unit) for unit in UNITS]
EVERYBODY: dict[str, Any] = {"all": []}
TEXT = {"maxlength": 200}


def in_units(hours: float) -> tuple[float, str]:
    unit = "days" if hours and hours % 24 == 0 else "hours" if hours >= 1 or not hours else "minutes"
    return plain(round(hours / UNITS[unit], 4)), unit


def hours_of(amount: float, unit: str) -> float:
    return plain(round(amount * UNITS[unit], 4))


class StepForm(forms.Form):
    """`step`: the one that is edited; None: a new one, whose key is made of its name."""

    kind, label, rows_of = "", "", cast("Rows | None", None)
    name = forms.CharField(max_length=200, help_text="As it is told on pages. Its key stays as it was first made.")

    def __init__(
        self, data: Any, taken: Iterable[str], step: Step | None = None, workflow_id: int | None = None, **given: Any
    ) -> None:
        self.old: dict[str, Any] = write_step(step) if step else {}
        self.taken, self.workflow_id = set(taken), workflow_id
        super().__init__(data, initial={**self.old, **self.first(self.old)}, **given)
        self.offer()
        self.rows = self.rows_of.formset(data, self.old) if self.rows_of else None

    def first(self, old: Mapping[str, Any]) -> dict[str, Any]:
        """What the fields show of the old step, where their names are not the definition's."""
        return {}

    def offer(self) -> None:
        """Fill the fields that choose from what is known."""

    def choose(self, name: str, choices: choosing.Choices) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = choices

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        """As the definition's JSON has it, without kind and key."""
        return {"name": cleaned["name"]}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.rows is not None and not self.rows.is_valid():
            self.add_error(None, "Look at the rows below.")
        if self.errors:
            return cleaned
        key = self.old.get("key") or key_for(self.called(cleaned), self.taken)
        try:
            self.step = read_step({"kind": self.kind, "key": key, **self.told(cleaned)}, "step")
        except Unreadable as problem:
            self.add_error(None, str(problem))
        return cleaned

    def called(self, cleaned: Mapping[str, Any]) -> str:
        return str(cleaned["name"])


class Period(forms.Form):
    amount = forms.FloatField(label="How long", min_value=0, widget=forms.NumberInput(attrs={"step": "any"}))
    unit = forms.ChoiceField(choices=UNIT_CHOICES, initial="days")


class MessageForm(StepForm):
    kind, label = "message", "Message"
    message_type = forms.ChoiceField(help_text="Who opted out of it is skipped, and goes on.")
    medium = forms.ChoiceField(choices=list(MEDIA.items()), initial="email")
    campaign_id = forms.TypedChoiceField(label="Campaign", required=False, coerce=int, empty_value=None)
    template_id = forms.TypedChoiceField(label="Template", required=False, coerce=int, empty_value=None)

    def offer(self) -> None:
        self.choose("message_type", choosing.message_types(self.old.get("message_type", "")))
        self.choose("campaign_id", choosing.campaigns(self.workflow_id, self.old.get("campaign_id")))
        self.choose("template_id", choosing.templates(self.old.get("template_id")))

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        ids = {name: cleaned[name] for name in ("campaign_id", "template_id") if cleaned[name]}
        return {**super().told(cleaned), "message_type": cleaned["message_type"], "medium": cleaned["medium"], **ids}


class DelayForm(Period, StepForm):
    kind, label = "delay", "Wait for a period"
    skip_weekends = forms.BooleanField(required=False, help_text="What would end on a weekend ends on Monday.")
    field_order = ("name", "amount", "unit")

    def first(self, old: Mapping[str, Any]) -> dict[str, Any]:
        return dict(zip(("amount", "unit"), in_units(old["hours"]), strict=True)) if old else {}

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        hours = hours_of(cleaned["amount"], cleaned["unit"])
        return {**super().told(cleaned), "hours": hours, "skip_weekends": cleaned["skip_weekends"]}


class DelayUntilForm(Period, StepForm):
    kind, label = "delay_until", "Wait until a moment on the profile"
    field = forms.ChoiceField(label="Moment")
    side = forms.ChoiceField(choices=[("after", "after it"), ("before", "before it")], label="Before or after it")
    skip_weekends = forms.BooleanField(required=False, help_text="What would end on a weekend ends on Monday.")
    field_order = ("name", "field", "amount", "unit", "side")

    def first(self, old: Mapping[str, Any]) -> dict[str, Any]:
        offset = old.get("offset_hours", 0)
        amount, unit = in_units(abs(offset))
        return {"amount": amount, "unit": unit, "side": "before" if offset < 0 else "after"}

    def offer(self) -> None:
        self.choose("field", choosing.moments())

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        hours = hours_of(cleaned["amount"], cleaned["unit"]) * (-1 if cleaned["side"] == "before" else 1)
        more = {"field": cleaned["field"], "offset_hours": hours, "skip_weekends": cleaned["skip_weekends"]}
        return {**super().told(cleaned), **more}


class HoldUntilForm(Period, StepForm):
    kind, label = "hold_until", "Wait until something happens"
    event = forms.ChoiceField(required=False, label="Until this event comes")
    by_condition = forms.BooleanField(
        required=False, label="Until a condition is true", help_text="The condition is built next, on its own page."
    )
    field_order = ("name", "event", "by_condition", "amount", "unit")

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["amount"].label = "At most"

    def first(self, old: Mapping[str, Any]) -> dict[str, Any]:
        amount, unit = in_units(old.get("timeout_hours", 24))
        return {"amount": amount, "unit": unit, "by_condition": "where" in old}

    def offer(self) -> None:
        self.choose("event", choosing.events(self.old.get("event", "")))

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        told = {**super().told(cleaned), "timeout_hours": hours_of(cleaned["amount"], cleaned["unit"])}
        told |= {"event": cleaned["event"]} if cleaned["event"] else {}
        return told | ({"where": self.old.get("where", EVERYBODY)} if cleaned["by_condition"] else {})


class SplitForm(StepForm):
    kind, label, rows_of = "split", "Split by conditions", BRANCHES

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        old = {branch["key"]: branch["where"] for branch in self.old.get("branches", ())}
        rows = BRANCHES.told(self.rows, old)
        branches = [{"key": key, "name": row["name"], "where": old.get(key, EVERYBODY)} for key, row in rows]
        return {**super().told(cleaned), "branches": branches}


class ExperimentForm(StepForm):
    kind, label, rows_of = "experiment", "A/B split by chance", VARIANTS

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        rows = VARIANTS.told(self.rows, {one["key"] for one in self.old.get("variants", ())})
        variants = [{"key": key, "name": row["name"], "percent": plain(row["percent"])} for key, row in rows]
        return {**super().told(cleaned), "variants": variants}


class SetProfileForm(StepForm):
    kind, label, rows_of = "set_profile", "Set fields of the profile", FIELDS

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        rows = FIELDS.kept(self.rows)
        return {**super().told(cleaned), "fields": {row["name"]: row["to"] for row in rows}}


class ChangeListForm(StepForm):
    kind, label = "change_list", "Add to a list, or remove from it"
    list_id = forms.TypedChoiceField(label="List", coerce=int)
    add = forms.TypedChoiceField(choices=[("1", "add to it"), ("", "remove from it")], coerce=bool, required=False, label="Do")

    def first(self, old: Mapping[str, Any]) -> dict[str, Any]:
        return {"add": "1" if old.get("add", True) else ""}

    def offer(self) -> None:
        self.choose("list_id", choosing.lists(self.old.get("list_id")))

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().told(cleaned), "list_id": cleaned["list_id"], "add": bool(cleaned["add"])}


class ChangeSubscriptionForm(StepForm):
    kind, label = "change_subscription", "Change a subscription"
    target = forms.ChoiceField(label="Of")
    subscribe = forms.TypedChoiceField(
        choices=[("", "unsubscribe"), ("1", "subscribe")],
        coerce=bool,
        required=False,
        label="Do",
        help_text="Subscribing brings in people who had opted out: the lint refuses it.",
    )

    def first(self, old: Mapping[str, Any]) -> dict[str, Any]:
        if not old:
            return {}
        subscribe = "1" if old.get("subscribe", True) else ""
        return {"target": f"{old['target_kind']}:{old['target']}", "subscribe": subscribe}

    def offer(self) -> None:
        self.choose("target", choosing.targets(str(self.initial.get("target", ""))))

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        kind, _, target = cleaned["target"].partition(":")
        return {**super().told(cleaned), "target_kind": kind, "target": target, "subscribe": bool(cleaned["subscribe"])}


class CallWebhookForm(StepForm):
    kind, label = "call_webhook", "Call a webhook"
    url = forms.CharField(required=False, max_length=2_000, label="Address")

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().told(cleaned), "url": cleaned["url"]}


class GoToForm(StepForm):
    kind, label = "go_to", "Go on in another journey"
    journey = forms.ChoiceField()

    def offer(self) -> None:
        self.choose("journey", choosing.journeys(self.old.get("journey", "")))

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().told(cleaned), "journey": cleaned["journey"]}


class NoteForm(StepForm):
    kind, label = "note", "Note"
    name = None  # type: ignore[assignment] # Django's way to leave a field of the base out
    text = forms.CharField(max_length=2_000, widget=forms.Textarea(attrs={"rows": 3, "cols": 60}))

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        return {"text": cleaned["text"]}

    def called(self, cleaned: Mapping[str, Any]) -> str:
        return " ".join(cleaned["text"].split()[:4])


class ExitForm(StepForm):
    kind, label = "exit", "Exit"

    def first(self, old: Mapping[str, Any]) -> dict[str, Any]:
        return {"name": old.get("name", "Exit")}


FORMS: Mapping[str, type[StepForm]] = {
    form.kind: form
    for form in (
        *(MessageForm, DelayForm, DelayUntilForm, HoldUntilForm, SplitForm, ExperimentForm, SetProfileForm, ChangeListForm),
        *(ChangeSubscriptionForm, CallWebhookForm, GoToForm, NoteForm, ExitForm),
    )
}
