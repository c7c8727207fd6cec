"""The gateway in our OpenAPI document: bodies as they are checked, answers in Iterable's own shapes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from contacts.gateway.answering import OF_EVENTS, OF_SUBSCRIPTIONS, OF_USERS
from contacts.gateway.checking import ARRAYS, BULK_USERS, EVENT, IDENTITY, LISTS, SUBSCRIPTIONS, USER, Kinds
from contacts.gateway.rows import GROUPS

Schema = dict[str, Any]
TYPES = {str: "string", int: "integer", bool: "boolean", dict: "object", list: "array"}
STRINGS: Schema = {"type": "array", "items": {"type": "string"}}
IDS: Schema = {"type": "array", "items": {"type": "integer"}}
COUNT: Schema = {"type": "integer"}


def _object(kinds: Kinds, *required: str, **more: Schema) -> Schema:
    """The fields that are checked, each of which may be null unless it is required; others are let through."""
    fields: Schema = {name: {"type": TYPES[kind[0]], "nullable": name not in required} for name, kind in kinds.items()}
    if "email" in fields:
        fields["email"]["format"] = "email"
    told: Schema = {"type": "object", "properties": {**fields, **more}}
    return told | ({"required": list(required)} if required else {})


def _many(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _body(schema: Schema) -> Schema:
    return {"application/json": schema}


_EVENT = _object(EVENT, "eventName")
_ARRAYS = _object(SUBSCRIPTIONS, **dict.fromkeys(ARRAYS, IDS | {"nullable": True}))
TRACK = _body(_EVENT)
TRACK_BULK = _body(_object({}, "events", events=_many(_EVENT)))
USERS = _body(_object(USER))
USERS_BULK = _body(_object(BULK_USERS, "users", users=_many(_object(USER))))
ARRAYS_OF_ONE = _body(_ARRAYS)
ARRAYS_OF_MANY = _body(_object({}, "updateSubscriptionsRequests", updateSubscriptionsRequests=_many(_ARRAYS)))
PEOPLE = _body(_object({}, users=STRINGS | {"nullable": True}, usersByUserId=STRINGS | {"nullable": True}))
SUBSCRIBERS = _body(_object(LISTS, "listId", "subscribers", subscribers=_many(_object(USER))))
LEAVERS = _body(_object(LISTS, "listId", "subscribers", subscribers=_many(_object(IDENTITY))))

KEY = "Iterable's key"
KEY_HEADER: Schema = {"type": "apiKey", "in": "header", "name": "Api-Key"}


class GatewaySchema(AutoSchema):
    """The token of a source, in Iterable's header or as a bearer."""

    def get_auth(self) -> list[dict[str, Any]]:
        scheme = ResolvedComponent(KEY, ResolvedComponent.SECURITY_SCHEMA, KEY_HEADER, KEY)  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(scheme)
        return [{KEY: []}, {"bearer": []}]


# "byUserId" and "user" stand behind the number, which the path takes as text so that the refusal is Iterable's.
GROUP = [
    OpenApiParameter("group", str, OpenApiParameter.PATH, enum=list(GROUPS.values())),
    OpenApiParameter("number", int, OpenApiParameter.PATH),
]
PERSON = {
    "email": OpenApiParameter("email", OpenApiTypes.EMAIL, OpenApiParameter.PATH),
    "userId": OpenApiParameter("userId", str, OpenApiParameter.PATH),
}
PAGED = ("page", "pageSize", "sort")
# What Iterable describes of the query; all of it is passed on, and whatever else is told.
QUERIES: dict[str, tuple[str, ...]] = {
    "/api/users/getByEmail": ("email",),
    "/api/users/byUserId": ("userId",),
    "/api/journeys": (*PAGED, "state"),
    "/api/campaigns": (*PAGED, "campaignState"),
    "/api/templates": (*PAGED, "templateType", "messageMedium", "startDateTime", "endDateTime"),
}
ACTION = OpenApiParameter("action", str, enum=["subscribe", "unsubscribe"], default="subscribe")


def parameters_of(endpoint: str) -> list[OpenApiParameter]:
    """Of a read, by its path template."""
    in_path = [parameter for name, parameter in PERSON.items() if f"{{{name}}}" in endpoint]
    return [*in_path, *(OpenApiParameter(name, str) for name in QUERIES.get(endpoint, ()))]


class Envelope(serializers.Serializer[object]):
    msg = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    params = serializers.DictField(allow_null=True)


def _counted(*lists: str, **more: Schema) -> Schema:
    fields = {"successCount": COUNT, "failCount": COUNT, **dict.fromkeys(lists, STRINGS), **more}
    return {"type": "object", "properties": fields, "required": list(fields)}


def _bulk(failures: tuple[str, ...], *lists: str) -> Schema:
    failed = {"type": "object", "properties": dict.fromkeys(failures, STRINGS), "required": list(failures)}
    told = ("createdFields", "filteredOutFields", "invalidEmails", "invalidUserIds", *lists)
    return _counted(*told, failedUpdates=failed)


def _answers(status: int, answer: Any, text: str) -> dict[int, Any]:
    refused = {
        400: "What is wrong with the request, or that it would bring back somebody who withdrew.",
        401: "A key that is unknown, or may not do this.",
        404: "Not supported here.",
        413: "Over 4,000,000 bytes.",
    }
    return {status: OpenApiResponse(answer, text), **{code: OpenApiResponse(Envelope, said) for code, said in refused.items()}}


STORED = "Stored; delivered afterwards."
ENVELOPE = _answers(200, Envelope, STORED)
ACCEPTED = _answers(202, Envelope, STORED)
BULK_EVENTS = _answers(200, _bulk(OF_EVENTS, "disallowedEventNames"), STORED)
BULK_USERS_DONE = _answers(200, _bulk(OF_USERS, "noOpEmails", "noOpUserIds"), STORED)
BULK_ARRAYS = _answers(200, _counted(*OF_SUBSCRIPTIONS), STORED)
READ = {
    **_answers(200, OpenApiTypes.OBJECT, "As Iterable answers."),
    429: OpenApiResponse(Envelope, "More than this source, or all of them together, may read."),
    503: OpenApiResponse(Envelope, "Iterable cannot be asked right now."),
}
