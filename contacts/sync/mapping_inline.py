"""The field mapping on the page of its definition: source, field, type, on or off."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Field
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from contacts.sync.mapping import FIRST_NAMESPACE, NAMESPACES
from contacts.sync.models import FieldMapping, SyncDefinition
from contacts.sync.preflight import refusals

if TYPE_CHECKING:
    _FormSet = BaseInlineFormSet[Any, Any, Any]
    _Inline = admin.TabularInline[Any, Any]
else:
    _FormSet = BaseInlineFormSet
    _Inline = admin.TabularInline

TWO_SOURCES = "field: {field} is filled from {count} sources that are on. Switch all but one off."
TWO_ARRAYS = "field: namespaces go to one array, and here are several: {names}."
OTHER_KEY = "field: {source} keeps its key, so its field ends in .{key}: not {field}."
NO_SUCH_SOURCE = "source: {source} is neither a column nor a key of {nested}."


class MappingFormSet(_FormSet):
    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """In a table the head alone names a field: whoever hears the page needs it with each."""
        super().add_fields(form, index)
        row = "a new row" if index is None else f"row {index + 1}"
        for name, field in form.fields.items():
            field.widget.attrs.setdefault("aria-label", f"{field.label or name} of {row}")

    def clean(self) -> None:
        super().clean()
        kept = [form.cleaned_data for form in self.forms if getattr(form, "cleaned_data", None) and not self._goes(form)]
        on = [(row["source"], row["field"]) for row in kept if row.get("enabled") and row.get("source") and row.get("field")]
        if faults := [*_twice(on), *_of_namespaces(on), *_of_sources(on), *self._of_types()]:
            raise ValidationError(faults)

    def _of_types(self) -> list[str]:
        """By what Iterable held each field as when the last run asked: the next one would stop at it."""
        definition: SyncDefinition = self.instance
        if definition.target == SyncDefinition.Target.EVENT:
            return []
        rows = [form.instance for form in self.forms if form.is_valid() and form.has_changed() and not self._goes(form)]
        return refusals(definition, rows, definition.held_types)

    def _goes(self, form: forms.Form) -> bool:
        return bool(form.cleaned_data.get("DELETE"))


def _twice(on: list[tuple[str, str]]) -> list[str]:
    counts = Counter(field for _, field in on)
    return [TWO_SOURCES.format(field=field, count=count) for field, count in counts.items() if count > 1]


def _of_namespaces(on: list[tuple[str, str]]) -> list[str]:
    nested = [(source, field) for source, field in on if source.startswith(f"{NAMESPACES}.")]
    arrays = sorted({field.partition(".")[0] for _, field in nested})
    faults = [TWO_ARRAYS.format(names=", ".join(arrays))] if len(arrays) > 1 else []
    for source, field in nested:
        key = source.partition(".")[2]
        if field.partition(".")[2] != key:
            faults.append(OTHER_KEY.format(source=source, key=key, field=field))
    return faults


def _of_sources(on: list[tuple[str, str]]) -> list[str]:
    nested = f"{NAMESPACES} or {FIRST_NAMESPACE}"
    wrong = [source for source, _ in on if "." in source and source.partition(".")[0] not in (NAMESPACES, FIRST_NAMESPACE)]
    return [NO_SUCH_SOURCE.format(source=source, nested=nested) for source in wrong]


class MappingInline(_Inline):
    model = FieldMapping
    formset = MappingFormSet
    fields = ("source", "field", "type", "enabled")
    ordering = ("source", "pk")
    extra = 0
    verbose_name_plural = "field mapping"

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """A table's inputs have no label of their own: each says what it is."""
        formfield = super().formfield_for_dbfield(db_field, request, **kwargs)
        if formfield is not None:
            formfield.widget.attrs["aria-label"] = db_field.verbose_name
        return formfield
