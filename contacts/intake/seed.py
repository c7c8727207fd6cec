"""The two event types that ship. Safe to run twice: fills only what is missing and changes nothing that an operator set."""

from __future__ import annotations

from typing import Any

from contacts.intake.models import EventType

FIELDS = [
    {"name": "company", "type": "string"},
    {"name": "companyNamespace", "type": "boolean"},
    {"name": "country", "type": "string"},
    {"name": "employeeBucket", "type": "string"},
    {"name": "firstName", "type": "string"},
    {"name": "lastName", "type": "string"},
    {"name": "latest_trial_start_date", "type": "date"},
    {"name": "signupReason", "type": "string"},
    {"name": "state", "type": "string"},
    {"name": "userRole", "type": "string"},
]

SAAS_TRIALS: dict[str, Any] = {
    "name": "SaaS Trials",
    "aliases": ["SaaS Trial", "SaaS Trial - defaulted", "Experiment - SaaS Trial"],
    "fields": FIELDS,
    "day_field": "latest_trial_start_date",
    "notes": "A user signed up for a SaaS trial.",
}
SAAS_FREE_REGISTRATION: dict[str, Any] = {
    "name": "SaaS Free Registration",
    "aliases": ["SaaS Registration", "Personal SaaS Registration"],
    "fields": FIELDS,
    "company_only": True,
    "notes": "A user signed up for a free account. Only sign-ups for a team or company are sent on.",
}
EVENT_TYPES = {"saas-trial": SAAS_TRIALS, "saas-free-registration": SAAS_FREE_REGISTRATION}


def seed_event_types() -> None:
    for slug, defaults in EVENT_TYPES.items():
        if not EventType.objects.filter(name=defaults["name"]).exists():
            EventType.objects.get_or_create(slug=slug, defaults=defaults)
