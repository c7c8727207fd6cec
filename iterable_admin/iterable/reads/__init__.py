"""What is read from Iterable: unknown keys are ignored, missing ones tolerated, except an id.

An entry without an id raises, rather than being left out: what is missing from a list counts as deleted in Iterable.
"""

from __future__ import annotations

from iterable_admin.iterable.reads.campaigns import Campaign
from iterable_admin.iterable.reads.channels import Channel, MessageType
from iterable_admin.iterable.reads.events import UserEvent
from iterable_admin.iterable.reads.exports import ExportFile, ExportFiles, ExportJob
from iterable_admin.iterable.reads.journeys import Journey
from iterable_admin.iterable.reads.lists import UserList
from iterable_admin.iterable.reads.templates import EmailTemplate, Template
from iterable_admin.iterable.reads.users import SentMessage, User
from iterable_admin.iterable.reads.webhooks import Webhook

__all__ = [
    "Campaign",
    "Channel",
    "EmailTemplate",
    "ExportFile",
    "ExportFiles",
    "ExportJob",
    "Journey",
    "MessageType",
    "SentMessage",
    "Template",
    "User",
    "UserEvent",
    "UserList",
    "Webhook",
]
