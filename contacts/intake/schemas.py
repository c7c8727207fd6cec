"""The REST bodies as the OpenAPI document shows them. Incoming ones are read by hand: callers vary more than a serializer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers


class Fields(serializers.Serializer[Any]):
    company = serializers.CharField(required=False)
    companyNamespace = serializers.BooleanField(required=False)
    country = serializers.CharField(required=False, help_text="English name or ISO code.")
    employeeBucket = serializers.CharField(required=False, help_text="1-99, 100-499, 500-1,999, 2,000-9,999 or 10,000+.")
    firstName = serializers.CharField(required=False)
    lastName = serializers.CharField(required=False)
    latest_trial_start_date = serializers.DateField(required=False)
    signupReason = serializers.CharField(required=False)
    state = serializers.CharField(required=False)
    userRole = serializers.CharField(required=False)


class TypedEvent(Fields):
    email = serializers.EmailField()
    createdAt = serializers.IntegerField(required=False, help_text="Unix seconds, milliseconds, or ISO 8601.")
    id = serializers.CharField(required=False, help_text="Your own id: letters, digits and hyphens, at most 512.")
    opt_in = serializers.BooleanField(required=False, allow_null=True)


class GitlabEvent(serializers.Serializer[Any]):
    work_email = serializers.EmailField()
    product_interaction = serializers.CharField()
    uid = serializers.IntegerField(required=False)
    first_name = serializers.CharField(required=False)
    last_name = serializers.CharField(required=False)
    company_name = serializers.CharField(required=False)
    company_size = serializers.CharField(required=False)
    country = serializers.CharField(required=False)
    state = serializers.CharField(required=False)
    setup_for_company = serializers.BooleanField(required=False, allow_null=True)
    role = serializers.CharField(required=False)
    jtbd = serializers.CharField(required=False)
    opt_in = serializers.BooleanField(required=False, allow_null=True)


class TrackEvent(serializers.Serializer[Any]):
    eventName = serializers.CharField()
    email = serializers.EmailField(required=False)
    userId = serializers.CharField(required=False, help_text="Instead of the address.")
    dataFields = serializers.DictField(required=False)
    createdAt = serializers.IntegerField(required=False, help_text="Unix seconds, milliseconds, or ISO 8601.")
    id = serializers.CharField(required=False, help_text="Your own id: letters, digits and hyphens, at most 512.")


class BulkEvents(serializers.Serializer[Any]):
    events = TrackEvent(many=True, help_text="At most 1,000.")


class Unsubscribe(serializers.Serializer[Any]):
    email = serializers.EmailField()
    unsubscribed = serializers.BooleanField(required=False, default=True, help_text="false resubscribes.")
    occurred_at = serializers.CharField(required=False)
    unsubscribed_reason = serializers.CharField(required=False)
    marketo_lead_id = serializers.CharField(required=False)


class IterableWebhook(serializers.Serializer[Any]):
    eventName = serializers.CharField()
    email = serializers.EmailField(required=False, help_text="Here or among dataFields.")
    userId = serializers.CharField(required=False)
    dataFields = serializers.DictField(required=False, allow_null=True)


class Accepted(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="Of the event; of the first one for a repeat.")
    status = serializers.CharField(help_text="The event's state.")
    duplicate = serializers.BooleanField()


class Refused(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    errors = serializers.DictField(child=serializers.CharField(), help_text="By field.")  # type: ignore[assignment] # shadows a property


class BulkItem(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["accepted", "rejected", "conflict"])
    id = serializers.UUIDField()
    duplicate = serializers.BooleanField()
    errors = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment] # shadows a property


ACCEPTED = {
    202: OpenApiResponse(Accepted, "Committed."),
    400: OpenApiResponse(description="Not JSON."),
    413: OpenApiResponse(description="Over 1,000,000 bytes."),
    422: OpenApiResponse(Refused, "Kept as rejected, with an error for each field."),
}
BULK_ACCEPTED = {
    202: OpenApiResponse(BulkItem(many=True), "One answer for each event, in order."),
    400: OpenApiResponse(description="Not JSON, or more than 1,000 events."),
    413: OpenApiResponse(description="Over 1,000,000 bytes."),
}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # the base registers itself
    """How the OpenAPI document describes the tokens of sources."""

    target_class = "iterable_admin.inbox.authentication.TokenAuthentication"
    name = ["bearer", "api key"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [{"type": "http", "scheme": "bearer"}, {"type": "apiKey", "in": "header", "name": "X-Api-Key"}]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        """Either of them, not both."""
        return [{"bearer": []}, {"api key": []}]


class LooseTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # the base registers itself
    """How the door for Iterable's webhooks takes them besides: the token bare, or after any of the usual words."""

    target_class = "iterable_admin.inbox.authentication.LooseTokenAuthentication"
    name = "Iterable's authorization"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization"}
