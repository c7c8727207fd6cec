"""A new project is set up like GitLab's instance."""

from __future__ import annotations

from iterable_admin.sandbox.project.catalog import (
    GITLAB_MARKETING,
    MADE_AT,
    MARKETING_CHANNEL,
    MARKETING_MESSAGE,
    TRANSACTIONAL,
    TRANSACTIONAL_CHANNEL,
    Catalog,
    Wire,
)
from iterable_admin.sandbox.project.seeds.blasts import seed_blasts
from iterable_admin.sandbox.project.seeds.journeys import seed_journeys
from iterable_admin.sandbox.project.seeds.mails import seed_triggered
from iterable_admin.sandbox.project.seeds.templates import seed_templates


def seed_catalog() -> Catalog:
    campaigns, mails = zip(*[*seed_triggered(), *seed_blasts()], strict=True)
    return Catalog(
        channels=[
            _channel(MARKETING_CHANNEL, "Marketing Channel", "Marketing"),
            _channel(TRANSACTIONAL_CHANNEL, "Transactional Channel", "Transactional"),
        ],
        message_types=[
            _message_type(GITLAB_MARKETING, "GitLab Marketing", MARKETING_CHANNEL, "OptIn"),
            _message_type(MARKETING_MESSAGE, "Marketing Message", MARKETING_CHANNEL, "OptOut"),
            _message_type(TRANSACTIONAL, "Transactional", TRANSACTIONAL_CHANNEL, "OptOut"),
        ],
        journeys=seed_journeys(),
        campaigns=list(campaigns),
        templates=seed_templates(zip(campaigns, mails, strict=True)),
    )


def _channel(channel_id: int, name: str, kind: str) -> Wire:
    return {"id": channel_id, "name": name, "channelType": kind, "messageMedium": "Email"}


def _message_type(type_id: int, name: str, channel_id: int, policy: str) -> Wire:
    return {
        "id": type_id,
        "name": name,
        "channelId": channel_id,
        "createdAt": MADE_AT,
        "updatedAt": MADE_AT,
        "subscriptionPolicy": policy,
    }
