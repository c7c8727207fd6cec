"""Several of a kind in one form: branches, variants, fields of the profile. Two empty rows stand ready below."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from contacts.conditions.catalogue import DATA_FIELDS
from journeys.definition.editing import key_for

MORE = 2
TWICE = "{name} is set twice: keep one row of it."
YES, NO = ("yes", "true"), ("no", "false")


class Row(forms.Form):
    """Left empty, a new one is none; an old one is taken away by its box."""

    key = forms.CharField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(max_length=200)


class BranchRow(Row):
    name = forms.CharField(max_length=200, label="Branch", help_text="Its condition is built on its own page.")


class VariantRow(Row):
    name = forms.CharField(max_length=200, label="Variant")
    percent = forms.FloatField(min_value=0, max_value=100, label="Percent", widget=forms.NumberInput(attrs={"step": "any"}))


class FieldRow(forms.Form):
    name = forms.CharField(max_length=200, label="Field", widget=forms.TextInput(attrs={"list": "profile-fields"}))
    type = forms.ChoiceField(choices=[(one, one) for one in ("text", "number", "yes or no", "nothing")], label="Type")
    value = forms.CharField(max_length=2_000, required=False, label="Set to")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            cleaned["to"] = typed(cleaned.get("type", "text"), cleaned.get("value", ""))
        except ValueError as problem:
            self.add_error("value", str(problem))
        return cleaned


def typed(kind: str, value: str) -> Any:
    """Raises ValueError, which says what is wanted."""
    if kind == "nothing":
        return None
    if kind == "yes or no":
        if value.casefold() not in YES + NO:
            raise ValueError("Write yes or no.")
        return value.casefold() in YES
    if kind == "number":
        try:
            number = float(value)
        except ValueError:
            raise ValueError("Write a number.") from None
        return int(number) if number.is_integer() else number
    return value


def _field_row(name: str, to: Any) -> dict[str, Any]:
    kinds = {bool: "yes or no", int: "number", float: "number", type(None): "nothing"}
    value = "" if to is None else ("yes" if to else "no") if isinstance(to, bool) else str(to)
    return {"name": name, "type": kinds.get(type(to), "text"), "value": value}


class EachOnce(forms.BaseFormSet):  # type: ignore[type-arg]
    """Of two rows for one field of the profile only the last would hold."""

    def clean(self) -> None:
        seen: set[str] = set()
        for row in self.forms:
            name = "" if row.cleaned_data.get("DELETE") else row.cleaned_data.get("name", "")
            if name and name in seen:
                row.add_error("name", TWICE.format(name=name))
            seen.add(name)


@dataclass(frozen=True, slots=True)
class Rows:
    """`part`: where a step's JSON holds them. With `ordered`, their order matters; `base` checks them together."""

    form: type[forms.Form]
    part: str
    ordered: bool = False
    base: Any = forms.BaseFormSet

    def formset(self, data: Any, old: Mapping[str, Any]) -> Any:
        made = forms.formset_factory(self.form, self.base, extra=MORE, can_delete=True, can_order=self.ordered)
        return made(data, initial=self.rows_of(old), prefix="rows")

    def rows_of(self, old: Mapping[str, Any]) -> list[dict[str, Any]]:
        told = old.get(self.part, ())
        return [_field_row(*one) for one in told.items()] if isinstance(told, Mapping) else [dict(one) for one in told]

    def kept(self, formset: Any) -> list[dict[str, Any]]:
        shown = formset.ordered_forms if self.ordered else formset.forms
        rows = [row.cleaned_data for row in shown]
        return [row for row in rows if row.get("name") and not row.get("DELETE")]

    def told(self, formset: Any, known: Container[str]) -> list[tuple[str, dict[str, Any]]]:
        """Each with its key: the old one, or one that is made of its name."""
        rows = self.kept(formset)
        taken = {row["key"] for row in rows if row["key"] in known}
        found = []
        for row in rows:
            key = row["key"] if row["key"] in known else key_for(row["name"], taken)
            taken.add(key)
            found.append((key, row))
        return found


BRANCHES = Rows(BranchRow, "branches", ordered=True)
VARIANTS = Rows(VariantRow, "variants")
FIELDS = Rows(FieldRow, "fields", base=EachOnce)
KNOWN_FIELDS = tuple(row[0] for row in DATA_FIELDS)
