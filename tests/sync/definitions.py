"""Definitions as stories need them."""

from __future__ import annotations

from typing import Any

from contacts.sync.models import FieldMapping, SyncDefinition
from contacts.sync.seed import seed_sync
from contacts.sync.starting import Wish, the_definition


def shipped(slug: str, **changes: Any) -> Wish:
    seed_sync()
    SyncDefinition.objects.filter(slug=slug).update(**changes)
    return Wish(SyncDefinition.objects.get(slug=slug))


def own(query: str, *mappings: tuple[str, str, str], **values: Any) -> Wish:
    """Each mapping is a source, a field and a type."""
    seed_sync()
    definition = SyncDefinition.objects.create(name="Own", slug="own", query=query, **values)
    for source, field, kind in mappings:
        FieldMapping.objects.create(definition=definition, source=source, field=field, type=kind)
    return Wish(definition)


def thresholds(**changes: int) -> None:
    the_definition()
    SyncDefinition.objects.update(**changes)
