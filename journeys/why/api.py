"""Why one person gets something, or does not, for other systems to ask."""

from __future__ import annotations

from typing import Any

from django.utils.text import capfirst
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from iterable_admin.errors import Permanent
from iterable_admin.inbox.models import Source
from journeys.definition.described import what_counts
from journeys.why.naming import NOT_DESCRIBED, journey_named
from journeys.why.of_message_type import explain
from journeys.why.person import Person, person_of, type_named
from journeys.why.serializers import ExplanationSerializer, QuestionSerializer
from journeys.why.way import walk


class ReadWhy(APIView):
    scope = Source.Scope.READ

    @extend_schema(
        operation_id="read_why",
        summary="Why a person gets a message type or enters a journey, or why not, and what would change it",
        parameters=[QuestionSerializer],
        responses=ExplanationSerializer,
    )
    def get(self, request: Request, email: str) -> Response:
        """Also for an address that nothing was ever heard of: it is said so."""
        asked = QuestionSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        question = asked.validated_data
        try:
            person = person_of(email, question.get("at"))
        except Permanent as problem:
            raise NotFound(str(problem)) from None
        told = _of_type(person, question["message_type"]) if "message_type" in question else _way(person, question["journey"])
        told = {"message_type": None, "journey": None, **told}
        answer = {"email": person.email, "at": person.at, "known": person.known, "notes": person.sentences, **told}
        return Response(ExplanationSerializer(answer).data)


def _of_type(person: Person, named: str) -> dict[str, Any]:
    message_type = type_named(person, named)
    if message_type is None:
        raise NotFound(f"There is no message type {named}: GET message-types/ lists them.")
    return {"message_type": explain(person, message_type)}


def _way(person: Person, named: str) -> dict[str, Any]:
    journey = journey_named(named)
    if journey is None:
        raise NotFound(f"There is no journey {named}: GET journeys/ lists them.")
    found = what_counts(journey)
    if found is None:
        raise NotFound(NOT_DESCRIBED.format(journey))
    if found.graph is None:
        raise NotFound(f"{capfirst(str(found.version))}: {found.problem}")
    way = walk(person, journey.name, found.graph)
    return {"journey": {"version": found.version, "entry": way.entry, "exits": way.exits, "stops": way.stops}}
