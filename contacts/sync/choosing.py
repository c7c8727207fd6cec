"""Which definition is meant: by its number or its slug, never by its name, which two may share."""

from __future__ import annotations

from contacts.sync.models import SyncDefinition
from contacts.sync.seed import seed_sync
from iterable_admin.errors import Permanent


def find_definition(named: str | None) -> SyncDefinition | None:
    """None where none is named. Permanent if there is no such definition; the text lists those there are."""
    if named is None:
        return None
    seed_sync()
    by = {"pk": int(named)} if named.isdecimal() else {"slug": named}
    if found := SyncDefinition.objects.filter(**by).first():
        return found
    there = ", ".join(f"{pk} ({slug})" for pk, slug in SyncDefinition.objects.order_by("pk").values_list("pk", "slug"))
    raise Permanent(f"There is no definition {named}. There are: {there}.")
