"""Errors that no view answers: programs get JSON, people a page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from contacts.gateway.calling import not_found

REST, GATEWAY = "/api/", "/iterable/"
FAILED = "An error occurred. Please try again later."


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(REST):
        return JsonResponse({"detail": "There is nothing at this address."}, status=404)
    if request.path.startswith(GATEWAY):
        # What no pattern matches, such as a line break in an address.
        return JsonResponse({"msg": not_found(request), "code": "NotFound", "params": None}, status=404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    body: dict[str, Any] = {"detail": FAILED}
    if request.path.startswith(GATEWAY):
        body = {"msg": FAILED, "code": "GenericError", "params": None}
    if request.path.startswith((REST, GATEWAY)):
        return JsonResponse(body, status=500)
    return defaults.server_error(request)
