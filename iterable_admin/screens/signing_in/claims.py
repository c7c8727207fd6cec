"""What a provider says of a person, read once and leniently: each claim may be missing or of another type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from iterable_admin.addresses import is_email, normalise_email

LONGEST = 150


@dataclass(frozen=True, slots=True)
class Person:
    subject: str
    email: str
    email_verified: bool
    """Only then it says anything about who this is: some providers let people write any address."""
    username: str
    first_name: str
    last_name: str
    groups: frozenset[str]

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(role for group, role in roles_by_group() if group in self.groups)


def roles_by_group() -> list[tuple[str, str]]:
    """OIDC_ROLES, in pairs. A group's name may hold `=`, a role's does not."""
    pairs = (entry.rpartition("=") for entry in settings.OIDC_ROLES)
    return [(group.strip(), role.strip()) for group, _, role in pairs]


def read(claims: Mapping[str, Any]) -> Person:
    email = normalise_email(_text(claims, "email"))
    return Person(
        subject=_text(claims, "sub"),
        email=email if is_email(email) else "",
        # Some providers write it as a word.
        email_verified=claims.get("email_verified") is True or claims.get("email_verified") == "true",
        username=_text(claims, "preferred_username"),
        first_name=_text(claims, "given_name")[:LONGEST],
        last_name=_text(claims, "family_name")[:LONGEST],
        groups=_groups(claims.get(settings.OIDC_GROUPS_CLAIM)),
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.strip().replace("\0", "") if isinstance(value, str) else ""


def _groups(value: object) -> frozenset[str]:
    """A list of names, or one name."""
    names = value if isinstance(value, list) else [value]
    return frozenset(name for name in names if isinstance(name, str))
