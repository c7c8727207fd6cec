"""A form for each kind of part. What it says is read as the JSON of a condition is: both refuse the same, in the same words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms

from contacts.conditions.building.seeing import events_seen, values_seen
from contacts.conditions.catalogue import OPERATORS, PRESENCE, WORDS, Field, Type
from contacts.conditions.editing import Fields
from contacts.conditions.reading import Unreadable, as_json, read
from contacts.conditions.tree import Condition
from contacts.consent.models import List, MessageType

DAYS = ("within_days", "over_days_ago")
ANY_NUMBER = {"step": "any"}
BACK = "Counted back from now; empty: ever."
MOST_LISTS = 500


def plain(number: float) -> int | float:
    """As a person writes it: 7, not 7.0."""
    return int(number) if number == int(number) else number


class PartForm(forms.Form):
    """`old`: the part that is changed, which keeps what it holds; None: a new one."""

    def __init__(self, data: Any, fields: Fields, old: Condition | None = None, **given: Any) -> None:
        self.asked, self.old = fields, as_json(old) if old is not None else {}
        super().__init__(data, initial=self.first(self.old), **given)
        self.offer()

    def first(self, old: Mapping[str, Any]) -> dict[str, Any]:
        return dict(old)

    def offer(self) -> None:
        """Fill the fields that choose from what is known."""

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            self.part = read(self.told(cleaned), self.asked)
        except Unreadable as problem:
            self.add_error(problem.place if problem.place in self.fields else None, problem.why)
        return cleaned


class ComparisonForm(PartForm):
    """Of one field: what can be asked of its type, and a value of that type."""

    op = forms.ChoiceField(label="Asked")

    def __init__(self, data: Any, fields: Fields, old: Condition | None = None, *, field: Field, **given: Any) -> None:
        self.field = field
        self.seen = values_seen(field)
        super().__init__(data, fields, old, **given)

    def offer(self) -> None:
        cast("forms.ChoiceField", self.fields["op"]).choices = [(one, WORDS[one]) for one in OPERATORS[self.field.type]]
        self.fields |= _value_fields(self.field, bool(self.seen))

    def first(self, old: Mapping[str, Any]) -> dict[str, Any]:
        value = old.get("value")
        first: dict[str, Any] = {"op": old.get("op", OPERATORS[self.field.type][0])}
        if old.get("op") in DAYS:
            return first | {"days": value}
        if isinstance(value, list):
            return first | {"values": "\n".join(value)}
        return first | {"value": ("yes" if value else "no") if isinstance(value, bool) else value}

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        op = cleaned["op"]
        told = {"field": self.field.name, "op": op}
        return told if op in PRESENCE else told | {"value": self._value(op, cleaned)}

    def _value(self, op: str, cleaned: Mapping[str, Any]) -> Any:
        if op in DAYS:
            return cleaned["days"] if cleaned["days"] is None else plain(cleaned["days"])
        if op == "one_of":
            return [line.strip() for line in cleaned["values"].splitlines() if line.strip()]
        if self.field.type is Type.BOOLEAN:
            return {"yes": True, "no": False}.get(cleaned["value"])
        value = cleaned["value"]
        return plain(value) if isinstance(value, float) else value


def _value_fields(field: Field, seen: bool) -> dict[str, forms.Field]:
    unit = f"In {field.unit}." if field.type is Type.NUMBER and field.unit else ""
    match field.type:
        case Type.NUMBER:
            return {"value": forms.FloatField(required=False, help_text=unit, widget=forms.NumberInput(attrs=ANY_NUMBER))}
        case Type.BOOLEAN:
            return {"value": forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")], required=False)}
        case Type.MOMENT:
            days = forms.FloatField(
                required=False, label="Days", help_text="Counted back from now.", widget=forms.NumberInput(attrs=ANY_NUMBER)
            )
            moment = "Such as 2026-11-26, its first moment, or 2026-11-26T14:30:00Z, in UTC."
            return {"value": forms.CharField(required=False, label="Moment", help_text=moment), "days": days}
    attributes = {"list": "values-seen"} if seen else {}
    one = forms.CharField(required=False, strip=False, widget=forms.TextInput(attrs=attributes))
    if field.type is Type.TEXTS:
        return {"value": one}
    several = forms.CharField(
        required=False, label="Several values", help_text="One a line, for “is one of”.", widget=forms.Textarea(attrs={"rows": 3})
    )
    return {"value": one, "values": several}


class NamespacesForm(PartForm):
    QUANTIFIERS = (
        ("some", "at least one namespace"),
        ("all", "all namespaces, and at least one"),
        ("none", "no namespace"),
        ("at_least", "at least so many namespaces:"),
    )
    namespaces = forms.ChoiceField(choices=QUANTIFIERS, label="Has", help_text="What stands inside is added next.")
    count = forms.IntegerField(required=False, min_value=1, label="How many", help_text="For “at least so many”.")

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        many = {"count": cleaned["count"]} if cleaned["namespaces"] == "at_least" else {}
        return {"namespaces": cleaned["namespaces"], **({"where": self.old["where"]} if self.old else {}), **many}


class PerformedForm(PartForm):
    performed = forms.CharField(max_length=255, label="Event", widget=forms.TextInput(attrs={"list": "events-seen"}))
    times = forms.IntegerField(min_value=1, initial=1, label="Times at least")
    within_days = forms.FloatField(
        required=False,
        label="Within days",
        help_text=BACK,
        widget=forms.NumberInput(attrs=ANY_NUMBER),
    )
    events: Sequence[str] = ()

    def first(self, old: Mapping[str, Any]) -> dict[str, Any]:
        return {"times": 1, **old}

    def offer(self) -> None:
        self.events = events_seen()

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        days = {"within_days": plain(cleaned["within_days"])} if cleaned["within_days"] is not None else {}
        where = {"where": self.old["where"]} if "where" in self.old else {}
        return {"performed": cleaned["performed"], "times": cleaned["times"], **days, **where}


class InListForm(PartForm):
    in_list = forms.TypedChoiceField(coerce=int, label="List")

    def offer(self) -> None:
        rows = {row.iterable_id: f"{row} ({row.iterable_id})" for row in List.objects.order_by("name")[:MOST_LISTS]}
        old = self.old.get("in_list")
        rows |= {old: f"{old}, not known here"} if old and old not in rows else {}
        cast("forms.ChoiceField", self.fields["in_list"]).choices = list(rows.items())

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        return {"in_list": cleaned["in_list"]}


class MayReceiveForm(PartForm):
    may_receive = forms.ChoiceField(label="Message type")
    side = forms.ChoiceField(choices=[("should", "we may send it"), ("will", "Iterable sends it if asked")], label="As")

    def offer(self) -> None:
        rows = MessageType.objects.order_by("do_not_use", "name")
        told = {row.name: f"! {row}: do not use" if row.do_not_use else str(row) for row in rows}
        old = self.old.get("may_receive")
        told |= {old: f"{old}, not known here"} if old and old not in told else {}
        cast("forms.ChoiceField", self.fields["may_receive"]).choices = list(told.items())

    def told(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        return {"may_receive": cleaned["may_receive"], "side": cleaned["side"]}


FORMS: Mapping[str, type[PartForm]] = {
    "field": ComparisonForm,
    "namespaces": NamespacesForm,
    "performed": PerformedForm,
    "in_list": InListForm,
    "may_receive": MayReceiveForm,
}
