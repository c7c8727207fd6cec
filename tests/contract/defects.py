"""Where the description is wrong or leaves something out, each with what is known instead.

An answer is held against the mended form; requests touch only what is left out.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

NUMBER = {"type": "integer", "format": "int64"}
TEXT = {"type": "string"}
REFUSALS: Schema = {"400": {}, "401": {}, "404": {}}
NUMBER_IN_PATH = {"name": "id", "in": "path", "required": True, **NUMBER}

UNDESCRIBED_ENDPOINTS: dict[str, Schema] = {
    # Documented with 100 calls a second; the description has only the list.
    "/api/campaigns/{id}": {"get": {"parameters": [NUMBER_IN_PATH], "responses": {"200": {}, **REFUSALS}}},
    # Documented with 10 calls a minute; answers CSV.
    "/api/campaigns/metrics": {
        "get": {
            "parameters": [
                {"name": "campaignId", "in": "query", "required": True, "type": "array", "items": NUMBER},
                {"name": "startDateTime", "in": "query", **TEXT},
                {"name": "endDateTime", "in": "query", **TEXT},
            ],
            "responses": {"200": {"schema": TEXT}, **REFUSALS},
        }
    },
}
UNDESCRIBED_KEYS: dict[str, Schema] = {
    # Works where Iterable has switched it on: creates nobody.
    "BulkUpdateUsersRequest": {"updateOnly": {"type": "boolean"}},
}
WRONG_KEYS: dict[str, Schema] = {
    # Recorded as null in nearly every answer.
    "IterableApiResponse": {"params": {}},
    # Milliseconds on the wire, not a date in words.
    "ApiTemplateResponse": {"createdAt": NUMBER, "updatedAt": NUMBER},
    # Described as objects: the generator did not know the type inside.
    "CampaignsResponse": {"totalCampaignsCount": NUMBER},
    "GetTemplatesResponse": {"totalTemplatesCount": NUMBER},
    "ApiEmailTemplateModel": {"cacheDataFeed": {"type": "boolean"}, "mergeDataFeedContext": {"type": "boolean"}},
    "ApiWebhookResponse": {
        "channelIds": {"type": "array", "items": NUMBER},
        "messageTypeIds": {"type": "array", "items": NUMBER},
    },
    "JobModel": {"jobState": TEXT, "dataTypeName": TEXT, "scheduledStartTime": TEXT, "endTime": TEXT},
    # Enumerations that are too narrow: WebPush, In-App; Recalled; states of jobs in lower case.
    "ChannelDetails": {"messageMedium": TEXT},
    "CampaignDetails": {"campaignState": TEXT},
    "ExportJobStatusAndFiles": {"jobState": TEXT},
}
NOT_REQUIRED: dict[str, list[str]] = {
    # A profile that has a userId alone has no address.
    "ApiResponseUser": ["email"],
}


def mended(name: str, definition: Schema) -> Schema:
    keys = definition.get("properties", {}) | UNDESCRIBED_KEYS.get(name, {}) | WRONG_KEYS.get(name, {})
    required = [key for key in definition.get("required", []) if key not in NOT_REQUIRED.get(name, [])]
    whole = {**definition, "properties": keys, "required": required}
    return {key: value for key, value in whole.items() if value or key not in ("required", "properties")}
