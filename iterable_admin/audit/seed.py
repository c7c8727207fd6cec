"""The three roles and who holds them. Fills only what is missing: an operator's change is never undone."""

from __future__ import annotations

from iterable_admin.audit.models import Dri

HOLDERS: dict[str, dict[str, str]] = {
    Dri.Role.BUSINESS_OWNER: {"name": "Amy Waller"},
    Dri.Role.TECHNICAL_OWNER: {"notes": "TBD: vacant. Mihai Conteanu held the role until 2025."},
    Dri.Role.CAMPAIGNS_OWNER: {"name": "Allie Klatzkin"},
}


def seed_dris() -> None:
    for role, holder in HOLDERS.items():
        Dri.objects.get_or_create(role=role, defaults=holder)
