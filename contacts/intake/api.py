"""The endpoints through which events come in. Each answers once its events are committed, and never before."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts.intake import schemas
from contacts.intake.accepting import REUSED_ID, Answer, Item, accept, answer_one, arrival_of
from contacts.intake.bodies import parse_object, read_body
from contacts.intake.event_types import EventTypes
from contacts.intake.gitlab_bodies import read_gitlab
from contacts.intake.told import Told, read_flat
from iterable_admin.inbox.models import Source

NOT_AN_OBJECT = "must be a JSON object."


class SendEvents(APIView):
    """What all doors for events share: the scope, and a body that is read once."""

    scope = Source.Scope.EVENTS_WRITE

    def accept_one(self, request: Request, told_by: Any, types: EventTypes | None = None) -> Response:
        raw = read_body(request)
        body = parse_object(raw)
        item = Item(told_by(body), body, raw.decode())
        return answer_one(accept(arrival_of(request), [item], types or EventTypes.load())[0])


class TypedEvents(SendEvents):
    @extend_schema(
        operation_id="send_typed_event",
        summary="Send an event of one type, its data fields flat",
        request=schemas.TypedEvent,
        responses=schemas.ACCEPTED,
    )
    def post(self, request: Request, slug: str) -> Response:
        types = EventTypes.load()
        event_type = types.at(slug)
        if event_type is None:
            raise NotFound(f"There is no active event type with the endpoint {slug!r}.")
        return self.accept_one(request, lambda body: read_flat(body, event_type.name), types)


class GitlabEvents(SendEvents):
    @extend_schema(
        operation_id="send_gitlab_event",
        summary="Send a registration, seat or trial lead as GitLab's own code does",
        request=schemas.GitlabEvent,
        responses=schemas.ACCEPTED,
    )
    def post(self, request: Request) -> Response:
        return self.accept_one(request, read_gitlab)


class AnyEvents(SendEvents):
    @extend_schema(
        operation_id="send_event",
        summary="Send any event in Iterable's own track shape",
        request=schemas.TrackEvent,
        responses=schemas.ACCEPTED,
    )
    def post(self, request: Request) -> Response:
        return self.accept_one(request, read_flat)


class BulkEvents(SendEvents):
    @extend_schema(
        operation_id="send_events_in_bulk",
        summary="Send many events; each is accepted or refused on its own, in order",
        request=schemas.BulkEvents,
        responses=schemas.BULK_ACCEPTED,
    )
    def post(self, request: Request) -> Response:
        events = _listed(parse_object(read_body(request)))
        items = [Item(_told(event), event) for event in events]
        answers = accept(arrival_of(request), items, EventTypes.load()) if items else []
        return Response([_answer_in_bulk(answer) for answer in answers], status=202)


def _listed(body: dict[str, Any]) -> list[Any]:
    events = body.get("events")
    if not isinstance(events, list):
        raise ParseError('Send {"events": [...]}.')
    if len(events) > settings.INTAKE_MAX_EVENTS:
        raise ParseError(f"Send at most {settings.INTAKE_MAX_EVENTS:,} events at once.")
    return events


def _told(event: Any) -> Told:
    if isinstance(event, dict):
        return read_flat(event)
    return Told(name=None, errors={"event": NOT_AN_OBJECT}, nothing=True)


def _answer_in_bulk(answer: Answer) -> dict[str, Any]:
    stored = answer.stored
    errors = {"id": REUSED_ID} if stored.conflict else answer.errors
    status = "conflict" if stored.conflict else "rejected" if errors else "accepted"
    return {"status": status, "id": str(stored.uuid), "duplicate": stored.duplicate, "errors": errors}
