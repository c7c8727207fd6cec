"""What is mirrored: where each kind is read, and which columns of ours hold what Iterable says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from contacts.consent.models import List
from iterable_admin.iterable import reads
from iterable_admin.iterable.client import IterableClient
from journeys.models import Campaign, Journey, Template

Columns = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """`read` gives what Iterable has, by id; only the columns in it are ever written, and `ours` where a row is made."""

    name: str
    model: Any
    key: str
    read: Callable[[IterableClient], dict[int, Columns]]
    # For a new row: the columns that are ours but may not be empty.
    ours: Callable[[Columns], Columns] = lambda columns: {}


def _lists(client: IterableClient) -> dict[int, Columns]:
    return {
        row.id: {"name": row.name[:255], "list_type": row.list_type, "global_suppression": row.is_global_suppression_enabled}
        for row in client.lists.all()
    }


def _journeys(client: IterableClient) -> dict[int, Columns]:
    return {row.id: _journey(row) for row in client.journeys.all()}


def _journey(row: reads.Journey) -> Columns:
    return {
        "iterable_name": row.name[:500],
        "description": row.description,
        "enabled": row.enabled,
        "archived": row.is_archived,
        "journey_type": row.journey_type[:32],
        "trigger_event": (row.trigger_event_names or [""])[0][:255],
        "trigger_events": row.trigger_event_names,
        "lifetime_limit": row.lifetime_limit,
        "simultaneous_limit": row.simultaneous_limit,
        "start_tile_id": row.start_tile_id,
        "creator": row.creator_user_id[:254],
        "draft": row.draft,
        "made_at": row.created_at,
        "changed_at": row.updated_at,
    }


def _campaigns(client: IterableClient) -> dict[int, Columns]:
    return {row.id: _campaign(row) for row in client.campaigns.all()}


def _campaign(row: reads.Campaign) -> Columns:
    return {
        "name": row.name[:500],
        "campaign_type": row.type[:32],
        "state": row.campaign_state[:32],
        "medium": row.message_medium[:32],
        "template_id": row.template_id,
        "workflow_id": row.workflow_id,
        "labels": row.labels,
        "list_ids": row.list_ids,
        "suppression_list_ids": row.suppression_list_ids,
        "send_size": row.send_size,
        "start_at": row.start_at,
        "ended_at": row.ended_at,
        "creator": row.created_by_user_id[:254],
        "made_at": row.created_at,
        "changed_at": row.updated_at,
    }


TEMPLATE_TYPES = ("Base", "Blast", "Triggered", "Workflow")
MEDIA = ("Email", "Push", "InApp", "SMS")


def _templates(client: IterableClient) -> dict[int, Columns]:
    """A pass for each type and medium: one answer does not name them, and without them Iterable gives only some."""
    found: dict[int, Columns] = {}
    for template_type in TEMPLATE_TYPES:
        for medium in MEDIA:
            rows = client.templates.all(template_type=template_type, message_medium=medium)
            found |= {row.id: _template(row) | {"template_type": template_type, "medium": medium} for row in rows}
    return found


def _template(row: reads.Template) -> Columns:
    return {
        "name": row.name[:500],
        "message_type_id": row.message_type_id,
        "campaign_id": row.campaign_id,
        "client_template_id": row.client_template_id[:255],
        "creator": row.creator_user_id[:254],
        "made_at": row.created_at,
        "changed_at": row.updated_at,
    }


def _named_as_in_iterable(columns: Columns) -> Columns:
    return {"name": columns["iterable_name"][:200] or "nameless"}


KINDS: Iterable[Kind] = (
    Kind("list", List, "iterable_id", _lists),
    Kind("journey", Journey, "workflow_id", _journeys, _named_as_in_iterable),
    Kind("campaign", Campaign, "iterable_id", _campaigns),
    Kind("template", Template, "iterable_id", _templates),
)
