"""The endpoint that Marketo's webhook calls, directly or through Workato.

Marketo takes an empty answer for an error (1001) and waits 30 seconds at most, inline in the campaign: it always gets a small
JSON body, and at once. Its Content-Type is whatever somebody typed, so the body itself says what it is.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts.intake import schemas
from contacts.intake.accepting import Answer, Arrival, answer_one, arrival_of
from contacts.intake.bodies import parse_object, read_body
from contacts.intake.unsubscribes import Unsubscribe, read_unsubscribe
from iterable_admin.inbox.authentication import caller_of
from iterable_admin.inbox.models import Event, Source
from iterable_admin.inbox.storing import Incoming, store

# Administrators put secrets into URLs; none may rest with the body.
SECRET_WORDS = ("token", "key", "secret", "password", "auth")
TEMPLATE_HINT = "Is the webhook's token encoding set to what its template is, JSON or Form/Url?"


class MarketoUnsubscribe(APIView):
    scope = Source.Scope.SUBSCRIPTIONS_WRITE

    @extend_schema(
        operation_id="send_marketo_unsubscribe",
        summary="Tell that somebody unsubscribed in Marketo, or subscribed again",
        request={"application/json": schemas.Unsubscribe, "application/x-www-form-urlencoded": schemas.Unsubscribe},
        responses=schemas.ACCEPTED,
    )
    def post(self, request: Request) -> Response:
        body, raw, from_form = _read(request)
        arrival = arrival_of(request)
        change = read_unsubscribe(body, arrival.received_at, from_form=from_form)
        incoming = incoming_of(arrival, change, raw)
        return answer_one(Answer(store(arrival.source, [incoming], arrival.message)[0], incoming.errors))


def _read(request: Request) -> tuple[dict[str, Any], str, bool]:
    """The fields, the body as kept, and whether they came as a form or in the query."""
    raw = read_body(request)
    if raw.strip():
        return parse_told(raw)
    if caller_of(request).message:
        raise ParseError("A signature covers the body alone: send the fields in it, not in the query.")
    query = _query(request)
    if not query:
        raise ParseError(f"The body is neither a JSON object nor a form. {TEMPLATE_HINT}")
    return query, urlencode(query), True


def parse_told(raw: bytes) -> tuple[dict[str, Any], str, bool]:
    """The fields of a body that is not blank, the body as kept, and whether it is a form. ParseError if it is neither."""
    if raw.lstrip().startswith((b"{", b"[", b'"')):
        return _json(raw), raw.decode(), False
    text = raw.decode(errors="replace").replace("\0", "")
    form = dict(parse_qsl(text.strip(), keep_blank_values=True))
    if not form or "=" not in text:
        raise ParseError(f"The body is neither a JSON object nor a form. {TEMPLATE_HINT}")
    return {name: value.replace("\0", "") for name, value in form.items()}, text, True


def _json(raw: bytes) -> dict[str, Any]:
    try:
        return parse_object(raw)
    except ParseError as error:
        raise ParseError(f"{error.detail} {TEMPLATE_HINT}") from None


def _query(request: Request) -> dict[str, str]:
    named = {name: str(value).replace("\0", "") for name, value in request.query_params.dict().items()}
    return {name: value for name, value in named.items() if not any(word in name.casefold() for word in SECRET_WORDS)}


def incoming_of(arrival: Arrival, change: Unsubscribe, raw: str) -> Incoming:
    """Never a repeat of another, whatever id or header comes with it: each is an act of its own."""
    return Incoming(
        door=Event.Door.UNSUBSCRIBE,
        lane=change.lane,
        name="unsubscribe" if change.unsubscribed else "resubscribe",
        email=change.email,
        payload=change.payload(),
        raw_body=raw,
        content_type=arrival.content_type,
        path=arrival.path,
        request_id=arrival.request_id,
        flags=change.flags,
        errors=change.errors,
        occurred_at=change.occurrence.at if change.occurrence else None,
        withdrawal=change.unsubscribed,
    )
