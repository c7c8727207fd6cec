"""Job roles as slugs: payloads carry slugs, the warehouse and old forms labels ("Devops Engineer", "DevOps Engineer")."""

from __future__ import annotations

import re
from typing import Any

from contacts.intake.reading import Reading, read_text

ROLES = frozenset(
    {
        "software_developer",
        "development_team_lead",
        "devops_engineer",
        "systems_administrator",
        "security_analyst",
        "data_analyst",
        "product_manager",
        "product_designer",
        "other",
    }
)
_BETWEEN_WORDS = re.compile(r"[\s_-]+")


def read_user_role(value: Any) -> Reading:
    text, flag = read_text(value)
    if text is None:
        return None, flag
    if text in ROLES:
        return text, ""
    slug = _BETWEEN_WORDS.sub("_", text.casefold())
    return (slug, "") if slug in ROLES else (text, "unknown role, kept as received")
