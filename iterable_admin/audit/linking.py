"""Rows that a page names: linked for those who may open them, and words for everybody else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey, Model
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Reader:
    """Of a row's page. `fixed`: which columns are only shown, where some are asked for; None: all are."""

    site: admin.AdminSite
    model: type[Model]
    request: HttpRequest
    fixed: Sequence[Any] | None = None

    def columns(self, names: Sequence[Any]) -> list[Any]:
        """Django links what a column refers to without asking whether the reader may follow."""
        return [self.columns(name) if isinstance(name, list | tuple) else self._column(name) for name in names]

    def _column(self, name: Any) -> Any:
        field = self._reference(name)
        if field is None or self.site.get_model_admin(field.related_model).has_view_permission(self.request):
            return name
        words = words_of(field)
        return words if self.fixed is None or words in self.fixed else name

    def _reference(self, name: Any) -> ForeignKey[Any, Any] | None:
        try:
            field = self.model._meta.get_field(name) if isinstance(name, str) else None
        except FieldDoesNotExist:
            return None
        return field if isinstance(field, ForeignKey) and self.site.is_registered(field.related_model) else None


@cache
def words_of(field: ForeignKey[Any, Any]) -> Callable[[Model], str]:
    """The same one each time: Django compares columns to tell which of them are read-only."""

    def words(row: Model) -> str:
        return str(getattr(row, field.name) or "-")

    words.__name__ = field.name
    return admin.display(description=field.verbose_name)(words)
