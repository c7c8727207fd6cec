"""A request's bytes as they came: read once, and no more of them than allowed."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from rest_framework.exceptions import APIException


class TooLarge(APIException):
    status_code = 413
    default_code = "too_large"

    def __init__(self, most: int) -> None:
        super().__init__(f"A request may have at most {most:,} bytes: send less at once.")


def read_raw(request: HttpRequest, most: int) -> bytes:
    """Asks Content-Length before a byte is read. Raises TooLarge."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdecimal() and int(declared) > most:
        raise TooLarge(most)
    if _is_chunked(request) and not hasattr(request, "_body"):
        # Kept where Django keeps a body, for whoever reads it next.
        request._body = request.META["wsgi.input"].read(most + 1)
    try:
        body: bytes = request.body
    except RequestDataTooBig:
        raise TooLarge(most) from None
    if len(body) > most:
        raise TooLarge(most)
    return body


def _is_chunked(request: HttpRequest) -> bool:
    """Without a length, and from a server that ends the stream itself. Django would take such a body for an empty one."""
    return not request.META.get("CONTENT_LENGTH") and bool(request.META.get("wsgi.input_terminated"))
