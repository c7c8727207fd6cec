"""A request's body, or the refusal of the REST API."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.request import Request

from iterable_admin.inbox import bodies

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class TooLarge(APIException):
    status_code = 413
    default_code = "too_large"


def read_body(request: Request) -> bytes:
    try:
        return bodies.read_bytes(request, settings.INTAKE_MAX_BYTES).removeprefix(BYTE_ORDER_MARK)
    except bodies.TooLong as error:
        raise TooLarge(str(error)) from None


def parse_object(body: bytes) -> dict[str, Any]:
    parsed = parse_json(body)
    if not isinstance(parsed, dict):
        raise ParseError("Send one JSON object.")
    return parsed


def parse_json(body: bytes) -> Any:
    try:
        return bodies.parse_json(body)
    except bodies.Unreadable as error:
        raise ParseError(str(error)) from None
