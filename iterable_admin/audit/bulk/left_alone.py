"""The rows that a bulk action left alone: counted by reason, shown with their pages, and all of them as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.urls import NoReverseMatch, reverse

from iterable_admin.audit.models import BulkAction

MOST_SHOWN = 20


def left_alone(bulk: BulkAction) -> Iterator[tuple[str, int | str]]:
    """Reason and key, part by part."""
    for left in bulk.parts.exclude(left={}).order_by("id").values_list("left", flat=True).iterator():
        for reason, keys in left.items():
            yield from ((reason, key) for key in keys)


def by_reason(bulk: BulkAction) -> list[dict[str, Any]]:
    """Of each reason the first few rows, with their pages; the file names all."""
    shown: dict[str, list[tuple[int | str, str]]] = {reason: [] for reason in bulk.left}
    for reason, key in left_alone(bulk) if bulk.left else ():
        if len(shown.setdefault(reason, [])) < MOST_SHOWN:
            shown[reason].append((key, page_of(bulk, key)))
        elif all(len(shown.get(name, ())) >= min(MOST_SHOWN, number) for name, number in bulk.left.items()):
            break
    return [{"reason": reason, "count": number, "rows": shown.get(reason, [])} for reason, number in sorted(bulk.left.items())]


def page_of(bulk: BulkAction, key: int | str) -> str:
    try:
        meta = apps.get_model(bulk.model)._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[key])
    except (LookupError, NoReverseMatch):
        return ""
