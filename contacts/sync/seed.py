"""What is synced every night. Fills only what is missing: an operator's change is never undone."""

from __future__ import annotations

from contacts.sync.models import SyncDefinition

NAMESPACE_INFORMATION = "namespace-information"


def seed_sync() -> None:
    SyncDefinition.objects.get_or_create(
        slug=NAMESPACE_INFORMATION,
        defaults={
            "name": "Namespace information",
            "notes": "Namespaces of people whose account is younger than the window, onto their profile in Iterable.",
        },
    )
