from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError

from contacts.intake import reconciliation_admin  # noqa: F401 - importing registers it
from contacts.intake.models import FIELD_TYPES, EventType
from iterable_admin.audit.maintaining import Reasoned, ReasonedForm

TEXT_AREA = forms.Textarea(attrs={"rows": 10, "cols": 60})


class Lines(forms.CharField):
    """A list, written one item a line."""

    widget = TEXT_AREA

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(self.line, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = [line.strip() for line in str(value or "").splitlines()]
        return [self.item(line) for line in lines if line]

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (initial or []))
        except ValidationError:
            return True

    def line(self, item: Any) -> str:
        return str(item)

    def item(self, line: str) -> Any:
        return line


class FieldLines(Lines):
    """`name: type`, one field a line."""

    def line(self, item: Mapping[str, str]) -> str:
        return f"{item['name']}: {item['type']}"

    def item(self, line: str) -> dict[str, str]:
        name, colon, kind = (part.strip() for part in line.rpartition(":"))
        if not (colon and name and kind):
            raise ValidationError(f"Write “name: type”, not “{line}”.")
        return {"name": name, "type": kind}


class EventTypeForm(ReasonedForm):
    aliases = Lines(required=False, help_text="One a line: other names and product_interaction values; case does not matter.")
    # The model's column has the name of the form's own table of fields; declared fields never stay on the class.
    fields = FieldLines(  # type: ignore[assignment]
        required=False, help_text=f"One a line, as “name: type”. Types: {', '.join(FIELD_TYPES)}."
    )


@admin.register(EventType)
class EventTypeAdmin(Reasoned):
    form = EventTypeForm
    list_display = ("name", "slug", "active", "forward", "company_only", "subscribes_to", "send_derived_grants")
    list_filter = ("active", "forward", "company_only")
    list_select_related = ("subscribes_to",)
    ordering = ("name",)
    search_words = ("name", "slug")
    fields = (
        *("name", "slug", "active", "aliases", "fields", "forward", "company_only", "day_field"),
        *("subscribes_to", "send_derived_grants", "notes"),
    )
