"""Values of which only some are known to exist (what GitLab's own code and warehouse use); others are sent, and counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contacts.sync.mapping import information_of
from contacts.sync.outgoing import FIELD

PLAN_TITLES = {
    *("Free", "Default", "Early Adopter", "Bronze", "Silver", "Gold", "Premium", "Ultimate", "Ultimate Trial", "Premium Trial"),
    *("Opensource", "Open Source", "Ultimate Trial Paid Customer"),
}
ACCESS_LEVEL_NAMES = {"Owner", "Maintainer", "Developer", "Reporter", "Planner", "Guest", "Minimal access", "Other"}
STAGES = {"create", "deploy", "plan", "secure", "verify", "ecosystem", "growth", "manage", "monitor", "package"}
KNOWN = {"GITLAB_PLAN_TITLE": PLAN_TITLES, "USER_ACCESS_LEVEL_NAME": ACCESS_LEVEL_NAMES, "LIST_OF_STAGES": STAGES}


def unknown_values(fields: Mapping[str, Any]) -> set[str]:
    """`GITLAB_PLAN_TITLE: Platinum`, of one person's namespaces."""
    found = set()
    for information in information_of(fields, FIELD):
        for key, known in KNOWN.items():
            value = information.get(key, [])
            found |= {f"{key}: {one}" for one in (value if isinstance(value, list) else [value]) if one not in known}
    return found
