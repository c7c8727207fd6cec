"""What is synced every night. Fills only what is missing: an operator's change is never undone."""

from __future__ import annotations

from typing import Any

from contacts.models import FieldPrecedence
from contacts.sync.models import FieldMapping, SyncDefinition, SyncTrigger
from contacts.sync.outgoing import FIELD, FORMS, Form, boolean, integer, stages
from iterable_admin.warehouse.marketing_contacts import CONTACTS_IN_WINDOW

NAMESPACE_INFORMATION = "namespace-information"
FIRST_NAMESPACE_DETAILS = "first-namespace-details"
FIRST_NAMESPACE_EVENT = "first-namespace-event"
EVENT_NAME = "First Namespace"

Type = FieldMapping.Type
TYPES: dict[Form, Type] = {integer: Type.INTEGER, boolean: Type.BOOLEAN, stages: Type.STRINGS}
# The warehouse offers thirty keys of a namespace, of which eighteen are sent.
NOT_SENT = {
    "TRIAL_EXPIRED_DATE": Type.STRING,
    "TRIAL_TYPE": Type.INTEGER,
    "TRIAL_TYPE_NAME": Type.STRING,
    "NBR_INTEGRATIONS_INSTALLED": Type.INTEGER,
    "INTEGRATIONS_INSTALLED": Type.STRINGS,
    "PTP_SOURCE": Type.STRING,
    "PTP_SCORE_DATE": Type.STRING,
    "PTP_SCORE_GROUP": Type.INTEGER,
    "PTP_INSIGHTS": Type.STRING,
    "PTP_PREVIOUS_SCORE_GROUP": Type.INTEGER,
    "USER_LIMIT_NOTIFICATION_AT": Type.STRING,
    "USER_LIMIT_ENFORCEMENT_AT": Type.STRING,
}
SENT = {key: TYPES.get(form, Type.STRING) for key, form in FORMS.items()}
DEFINITIONS: dict[str, dict[str, Any]] = {
    NAMESPACE_INFORMATION: {
        "name": "Namespace information",
        "keeps_contacts": True,
        "notes": "All namespaces of people whose account is younger than the window, onto their profile in Iterable.",
    },
    FIRST_NAMESPACE_DETAILS: {
        "name": "First namespace details",
        "enabled": False,
        "notes": "The earliest namespace that the person created, as flat fields of the profile.",
    },
    FIRST_NAMESPACE_EVENT: {
        "name": "First namespace event",
        "enabled": False,
        "target": SyncDefinition.Target.EVENT,
        "event_name": EVENT_NAME,
        "notes": "The same as a custom event, for tracing in Iterable.",
    },
}
# Hours, or % of the rows read.
TRIGGERS = {
    SyncTrigger.Kind.OVERDUE: (SyncTrigger.Level.CRITICAL, 26),
    SyncTrigger.Kind.FAILED: (SyncTrigger.Level.CRITICAL, 0),
    SyncTrigger.Kind.STOPPED: (SyncTrigger.Level.WARNING, 0),
    SyncTrigger.Kind.FAILED_ROWS: (SyncTrigger.Level.WARNING, 1),
}
# Names are cut differently: GitLab keeps the third word of a name, the warehouse does not (facts of the callers, b-7).
EVENTS_WIN = {
    "firstName": "The warehouse keeps only the first two words of a name.",
    "lastName": "The warehouse keeps only the first two words of a name.",
    "company": "The warehouse takes it from five systems in turn.",
    "country": "The warehouse's spelling is free.",
}


def seed_sync() -> None:
    for slug, values in DEFINITIONS.items():
        _seed(slug, {"query": CONTACTS_IN_WINDOW, **values})
    seed_triggers()
    rows = [FieldPrecedence(field=name, winner=FieldPrecedence.Winner.EVENT, why=why) for name, why in EVENTS_WIN.items()]
    FieldPrecedence.objects.bulk_create(rows, ignore_conflicts=True)


def seed_triggers() -> None:
    """Of every definition, also of those added since."""
    wanted = [
        SyncTrigger(definition=definition, kind=kind, level=level, threshold=threshold)
        for definition in SyncDefinition.objects.all()
        for kind, (level, threshold) in TRIGGERS.items()
    ]
    SyncTrigger.objects.bulk_create(wanted, ignore_conflicts=True)


def _seed(slug: str, values: dict[str, Any]) -> None:
    definition, made = SyncDefinition.objects.get_or_create(slug=slug, defaults=values)
    if not made and not definition.query:
        # From before definitions had a query and a mapping.
        definition.query, definition.keeps_contacts = values["query"], values.get("keeps_contacts", False)
        definition.save(update_fields=["query", "keeps_contacts"])
    elif not made:
        return
    FieldMapping.objects.bulk_create(_mappings(definition))


def _mappings(definition: SyncDefinition) -> list[FieldMapping]:
    nested = definition.slug == NAMESPACE_INFORMATION
    return [
        FieldMapping(
            definition=definition,
            source=f"namespaces_array.{key}" if nested else f"first_namespace.{key}",
            field=f"{FIELD}.{key}" if nested else f"first_namespace_{key.lower()}",
            type=kind,
            enabled=key in SENT,
        )
        for key, kind in sorted((SENT | NOT_SENT).items())
    ]
