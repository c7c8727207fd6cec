"""System events: kept with the person, and told to every webhook that wants them, in the recorded shapes."""

from __future__ import annotations

import uuid
from typing import Any

from iterable_admin.sandbox.dates import write_epoch
from iterable_admin.sandbox.people.profiles import Profile
from iterable_admin.sandbox.project.catalog import Catalog, Wire

SUBSCRIPTION_EVENTS = ("emailSubscribe", "emailUnSubscribe")
DIMENSIONS = ("emailListIds", "channelIds", "messageTypeIds")


def complete_fields(catalog: Catalog, name: str, profile: Profile, at: float, given: Wire) -> Wire:
    """What dataFields of this event hold: who and when, the campaign's block if one is named, and what was given."""
    fields: Wire = {dimension: [] for dimension in DIMENSIONS} if name in SUBSCRIPTION_EVENTS else {}
    if name == "emailSubscribe":
        public_id = str(uuid.uuid5(uuid.NAMESPACE_OID, profile.key))
        fields |= {"profileUpdatedAt": write_epoch(profile.updated_at), "publicIdString": public_id}
    campaign = catalog.campaign(given["campaignId"]) if given.get("campaignId") is not None else None
    if campaign is not None:
        fields |= describe_campaign(catalog, campaign)
    return fields | given | profile.identity | {"createdAt": write_epoch(at)}


def describe_campaign(catalog: Catalog, campaign: Wire) -> Wire:
    template = catalog.template(campaign["templateId"])
    type_id = template.listed["messageTypeId"] if template else None
    kind = catalog.message_type(type_id) if type_id is not None else None
    journey = catalog.journey(campaign["workflowId"]) if "workflowId" in campaign else None
    return {
        "campaignId": campaign["id"],
        "campaignName": campaign["name"],
        "templateId": campaign["templateId"],
        "templateName": template.listed["name"] if template else None,
        "emailSubject": template.content[""]["subject"] if template else None,
        "messageTypeId": type_id,
        "channelId": kind["channelId"] if kind else None,
        "workflowId": campaign.get("workflowId"),
        "workflowName": journey["name"] if journey else None,
        "experimentId": None,
        "labels": campaign["labels"],
        "locale": None,
    }


def is_blast(catalog: Catalog, fields: Wire) -> bool:
    campaign = catalog.campaign(fields["campaignId"]) if "campaignId" in fields else None
    return campaign is not None and campaign["type"] == "Blast"


def write_body(name: str, profile: Profile, fields: Wire) -> dict[str, Any]:
    return {**profile.identity, "eventName": name, "dataFields": fields}
