"""Reads, passed on to Iterable with our key: counted and limited by source, so that none uses up what all share."""

from __future__ import annotations

import re
import time
from urllib.parse import quote

from django.conf import settings
from django.db.models import F
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.gateway import schemas
from contacts.gateway.calling import GatewayCall
from contacts.gateway.models import ReadCount
from contacts.gateway.refusing import Refused
from iterable_admin.errors import Misconfigured, Permanent, Problem
from iterable_admin.inbox.models import Source
from iterable_admin.iterable.answers import Answer
from iterable_admin.iterable.envelope import parse_object
from iterable_admin.iterable.errors import IterableError, ServiceBusy
from iterable_admin.outbox.connection import connect
from iterable_admin.outbox.turns import NoTurn

A_DAY = 24 * 60
TOO_MANY = "Exceeded rate limit of {limit} per minute for reads of this token's source"
UNREACHABLE = Refused(503, "GenericError", "Iterable cannot be asked right now. Please try again later.")
# Iterable's own key words: a caller's key may also stand in the query, and goes no further.
KEY_PARAMETERS = {"api_key", "apikey", "api-key"}


class PassedRead(GatewayCall):
    """One endpoint of Iterable's, by its path template."""

    scope = Source.Scope.READ
    endpoint = ""

    @extend_schema(responses=schemas.READ)
    def get(self, request: Request, **places: str) -> Response | HttpResponse:
        count(self.caller(request))
        path = self.endpoint.format(**{name: quote(value, safe="") for name, value in places.items()})
        query = {name: values for name, values in request.query_params.lists() if name.lower() not in KEY_PARAMETERS}
        return passed_on(ask(self.endpoint, path, query))


def passing(endpoint: str) -> type[PassedRead]:
    """The view of one endpoint, under a name of its own in the OpenAPI document: two differ by a parameter alone."""
    name = re.sub(r"\W+", "_", endpoint).strip("_")
    view = type(f"Read_{name}", (PassedRead,), {"endpoint": endpoint})
    told = extend_schema(operation_id=f"read_{name}", responses=schemas.READ, parameters=schemas.parameters_of(endpoint))
    described: type[PassedRead] = extend_schema_view(get=told)(view)
    return described


def count(source: Source) -> None:
    """Before the call; the read beyond the limit is refused."""
    minute = int(time.time()) // 60
    row, first = ReadCount.objects.get_or_create(source=source, minute=minute)
    if first:
        ReadCount.objects.filter(source=source, minute__lt=minute - A_DAY).delete()
    ReadCount.objects.filter(pk=row.pk).update(calls=F("calls") + 1)
    if row.calls >= settings.GATEWAY_READS_PER_MINUTE:
        raise Refused(429, "RateLimitExceeded", TOO_MANY.format(limit=settings.GATEWAY_READS_PER_MINUTE), {})


def ask(endpoint: str, path: str, query: dict[str, list[str]]) -> Answer:
    try:
        return connect().passing.get(endpoint, path, query)
    except Problem as error:
        refusal = refusal_of(error)
    # Raised out here, so that nothing of our call is chained to what the caller gets.
    raise refusal


def refusal_of(error: Problem) -> Refused:
    """What concerns the request is Iterable's own word; what concerns our key is ours alone to mend."""
    if isinstance(error, NoTurn) or (isinstance(error, ServiceBusy) and error.call.status == 429):
        return Refused(429, "RateLimitExceeded", "Rate limit exceeded. Please try again later.", {})
    if isinstance(error, Misconfigured) or not isinstance(error, IterableError):
        return UNREACHABLE
    if isinstance(error, Permanent) and error.call.status and 400 <= error.call.status < 500:
        return _in_its_own_words(error, error.call.status)
    return UNREACHABLE


def _in_its_own_words(error: IterableError, status: int) -> Refused:
    """The envelope as it came, our key blanked; or else what could be read of the answer."""
    told = parse_object(error.call.excerpt)
    if told is None or not isinstance(told.get("msg"), str):
        return Refused(status, error.code or "BadParams", error.message)
    params = told.get("params")
    return Refused(status, error.code or "BadParams", told["msg"], params if isinstance(params, dict) else None)


def passed_on(answer: Answer) -> HttpResponse:
    kind = "application/json" if parse_object(answer.text) is not None else "text/plain; charset=utf-8"
    return HttpResponse(answer.text, status=answer.status, content_type=kind)
