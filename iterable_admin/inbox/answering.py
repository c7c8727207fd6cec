"""What every refusal of the REST API passes on its way out."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response
from rest_framework.views import exception_handler

from iterable_admin.inbox.refusing import BadSignature, Why, count_refusal


def answer_and_count(problem: Exception, context: dict[str, Any]) -> Response | None:
    """The REST framework's own answer. By then whatever the call had begun is undone, so that only the refusal stays."""
    request = context["request"]
    if isinstance(problem, BadSignature):
        count_refusal(problem.source, problem.why, request._request)
    elif isinstance(problem, PermissionDenied) and (source := getattr(request.user, "source", None)):
        count_refusal(source, Why.SCOPE, request._request)
    return exception_handler(problem, context)
