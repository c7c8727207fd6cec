"""Errors that no view answers: programs get JSON, in the shape of the door they knocked at; people a page."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from contacts.gateway.calling import not_found

REST, GATEWAY, OAUTH = "/api/", "/iterable/", "/oauth/"
NOTHING = "There is nothing at this address."
MALFORMED = "The request is malformed: its host, its size or its form is not what is taken here."
FAILED = "An error occurred. Please try again later."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Also what Django calls suspicious: another host than ours, more bytes or fields than it reads."""
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    return _for_program(request, status, "BadParams", MALFORMED) or defaults.bad_request(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    # Of the gateway this is what no pattern matches, such as a line break in an address.
    text = not_found(request) if _is_below(request, GATEWAY) else NOTHING
    return _for_program(request, 404, "NotFound", text) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return _for_program(request, 500, "GenericError", FAILED) or defaults.server_error(request)


def _for_program(request: HttpRequest, status: int, code: str, text: str) -> JsonResponse | None:
    """`code` is Iterable's. None where people come in."""
    if _is_below(request, GATEWAY):
        return JsonResponse({"msg": text, "code": code, "params": None}, status=status)
    if _is_below(request, OAUTH):
        error = "server_error" if status == 500 else "invalid_request"
        return JsonResponse({"error": error, "error_description": text}, status=status)
    return JsonResponse({"detail": text}, status=status) if _is_below(request, REST) else None


def _is_below(request: HttpRequest, door: str) -> bool:
    """Its address without the slash too: somebody left the rest out."""
    return f"{request.path}/".startswith(door)
