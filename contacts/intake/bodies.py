"""Read a request's body once, and no more of it than allowed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.request import Request

from iterable_admin.inbox import json_bodies

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class TooLarge(APIException):
    status_code = 413
    default_code = "too_large"


def read_body(request: Request) -> bytes:
    """Asks Content-Length before a byte is read."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdecimal() and int(declared) > settings.INTAKE_MAX_BYTES:
        raise TooLarge(_too_large())
    body = _chunked(request) if _is_chunked(request) else request._request.body
    if len(body) > settings.INTAKE_MAX_BYTES:
        raise TooLarge(_too_large())
    return body.removeprefix(BYTE_ORDER_MARK)


def _is_chunked(request: Request) -> bool:
    """Without a length, and from a server that ends the stream itself. Django would take such a body for an empty one."""
    return not request.META.get("CONTENT_LENGTH") and bool(request.META.get("wsgi.input_terminated"))


def _chunked(request: Request) -> bytes:
    body: bytes = request.META["wsgi.input"].read(settings.INTAKE_MAX_BYTES + 1)
    return body


def _too_large() -> str:
    return f"A request may have at most {settings.INTAKE_MAX_BYTES:,} bytes: send less at once."


def parse_object(body: bytes) -> dict[str, Any]:
    parsed = parse_json(body)
    if not isinstance(parsed, dict):
        raise ParseError("Send one JSON object.")
    return parsed


def parse_json(body: bytes) -> Any:
    try:
        return json_bodies.parse_json(body)
    except json_bodies.Unreadable as error:
        raise ParseError(str(error)) from None
