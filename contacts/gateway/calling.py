"""Who is calling, by the header of Iterable's clients, and what they sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django.http import HttpRequest
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts.gateway.refusing import Refused, bad_json, envelope
from contacts.gateway.schemas import GatewaySchema
from iterable_admin.client_addresses import client_address
from iterable_admin.inbox.authentication import Caller
from iterable_admin.inbox.json_bodies import NotJson, Unreadable, parse_json
from iterable_admin.inbox.models import Source
from iterable_admin.inbox.presented import KEY, bearer_in, key_in
from iterable_admin.inbox.raw_bodies import TooLarge, read_raw
from iterable_admin.inbox.refusing import BadSignature, Why, count_refusal
from iterable_admin.inbox.signing import check_signature
from iterable_admin.inbox.tokens import find_source

MOST_BYTES = 4_000_000
TOO_LARGE = Refused(413, "BatchTooLarge", "Request body is larger than 4 MB")
KEY_HEADERS = ("Api-Key", KEY)
PREFIX = "/iterable"
SUPPORTED = (
    "events/track, events/trackBulk, users/update, users/bulkUpdate, users/updateSubscriptions, "
    "users/bulkUpdateSubscriptions, lists/subscribe, lists/unsubscribe and subscriptions/...; and to read users/..., channels, "
    "messageTypes, journeys, lists, campaigns, templates and users/getFields"
)


class AnyAccept(BaseContentNegotiation):
    """Iterable answers in JSON whatever the caller says it accepts."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type


class GatewayCall(APIView):
    """Answers as Iterable does, its refusals included."""

    schema = GatewaySchema()
    authentication_classes = ()
    permission_classes = ()
    content_negotiation_class = AnyAccept
    scope = Source.Scope.EVENTS_WRITE
    # OPTIONS would be answered by the REST framework, in its own shape.
    http_method_names = [name for name in APIView.http_method_names if name != "options"]

    def handle_exception(self, exc: Exception) -> Response:
        match exc:
            case Refused():
                return exc.answer()
            case MethodNotAllowed():
                return unsupported(self.request)
            case TooLarge():
                return TOO_LARGE.answer()
        answer = super().handle_exception(exc)
        detail = str(answer.data.get("detail", "")) if isinstance(answer.data, dict) else ""
        if isinstance(exc, BadSignature):
            return Refused(401, "BadApiKey", detail, self._who(self.request)).answer()
        return envelope(detail, "GenericError" if answer.status_code >= 500 else "BadParams", None, answer.status_code)

    def caller(self, request: Request) -> Source:
        """Iterable answers a key that may not do this as it answers one that it does not know."""
        source = find_source(key) if (key := presented_key(request)) else None
        if source is None or self.scope not in source.scopes:
            if source is not None:
                count_refusal(source, Why.SCOPE, request._request)
            raise Refused(401, "BadApiKey", "Disabled API key or insufficient privileges", self._who(request))
        request.user = cast(Any, Caller(source, check_signature(source, request._request, MOST_BYTES)))
        return source

    def _who(self, request: Request) -> dict[str, Any]:
        address, key = client_address(request._request), presented_key(request)
        return {"ip": address or "", "endpoint": api_path(request), "apiKeyIdentifier": key[:8], "apiKeyType": "Server"}


def presented_key(request: Request) -> str:
    """By Iterable's headers, or as a bearer token by whoever got one: beside a key that is the token of somebody's app."""
    return key_in(request.headers, *KEY_HEADERS) or bearer_in(request.headers)


def api_path(request: Request | HttpRequest) -> str:
    """As Iterable would name it."""
    return request.path.removeprefix(PREFIX)


def not_found(request: Request | HttpRequest) -> str:
    return f"Endpoint not found: {request.method} {api_path(request)}. Supported here: {SUPPORTED}."


def unsupported(request: Request) -> Response:
    """Whoever asks, and before any key is looked at: what there is here is no secret, and no call of such a path is refused."""
    return envelope(not_found(request), "NotFound", None, 404)


def read_object(request: Request) -> dict[str, Any]:
    try:
        body = parse_json(read_raw(request._request, MOST_BYTES))
    except NotJson:
        body = None
    except Unreadable as error:
        raise bad_json(api_path(request), {"obj": str(error)}) from None
    if not isinstance(body, dict):
        raise bad_json(api_path(request), {"obj": "Object value expected"})
    return body
