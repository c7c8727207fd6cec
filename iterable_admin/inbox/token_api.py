"""Where a caller that speaks OAuth 2.0 alone gets a token for the hour."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils.crypto import salted_hmac
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from iterable_admin.client_addresses import client_address
from iterable_admin.inbox.client_credentials import grant
from iterable_admin.inbox.models import TokenRequests

MINUTE = 60
KEPT_MINUTES = 60
TOO_MANY = {"error": "temporarily_unavailable", "error_description": "Too many requests: use the token for its hour."}


class TokenRequestSerializer(serializers.Serializer[dict[str, Any]]):
    grant_type = serializers.ChoiceField(choices=["client_credentials"])
    client_id = serializers.CharField(required=False, help_text="As the page of the source names it, or by HTTP Basic.")
    client_secret = serializers.CharField(required=False, help_text="An active token of the source, or by HTTP Basic.")
    scope = serializers.CharField(
        required=False, help_text="Some of the source's scopes, with spaces between; all of them otherwise."
    )


class AccessTokenSerializer(serializers.Serializer[dict[str, Any]]):
    access_token = serializers.CharField(help_text="Goes wherever a token of the source does.")
    token_type = serializers.ChoiceField(choices=["Bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds.")
    scope = serializers.CharField()


class TokenRefusedSerializer(serializers.Serializer[dict[str, Any]]):
    error = serializers.CharField(help_text="A code of RFC 6749, 5.2.")
    error_description = serializers.CharField(required=False)


class TokenEndpoint(APIView):
    authentication_classes = ()
    permission_classes = ()
    parser_classes = (FormParser,)

    @extend_schema(
        operation_id="get_access_token",
        summary="Get a token for an hour by OAuth 2.0 client credentials (RFC 6749, 4.4)",
        request={"application/x-www-form-urlencoded": TokenRequestSerializer},
        responses={
            200: AccessTokenSerializer,
            400: TokenRefusedSerializer,
            401: TokenRefusedSerializer,
            429: OpenApiResponse(TokenRefusedSerializer, description="Too many from this address: try again in a minute."),
        },
    )
    def post(self, request: Request) -> Response:
        if _asks_too_often(request):
            return Response(TOO_MANY, 429, headers={"Retry-After": str(MINUTE), "Cache-Control": "no-store"})
        return grant(request)


def _asks_too_often(request: Request) -> bool:
    """Counted before anything else is looked at."""
    address = salted_hmac(__name__, client_address(request._request) or "", algorithm="sha256").hexdigest()
    minute = int(time.time()) // MINUTE
    row, first = TokenRequests.objects.get_or_create(address=address, minute=minute)
    if first:
        TokenRequests.objects.filter(minute__lt=minute - KEPT_MINUTES).delete()
    TokenRequests.objects.filter(pk=row.pk).update(calls=F("calls") + 1)
    most: int = settings.TOKENS_PER_MINUTE
    return row.calls >= most
