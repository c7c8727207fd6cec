"""Reads that a mirror of the project takes: channels, message types, journeys."""

from __future__ import annotations

from iterable_admin.sandbox.answers import Answer, Rate, Request, Route, bad_params
from iterable_admin.sandbox.project.paging import Listing, answer_page, sort_by
from iterable_admin.sandbox.state import State

JOURNEYS = Listing("journeys", "totalJourneysCount", 10, 50)
SORTS = {name: name for name in ("id", "name", "createdAt", "updatedAt")}


def channels(state: State, request: Request) -> Answer:
    return Answer(200, {"channels": state.catalog.channels})


def message_types(state: State, request: Request) -> Answer:
    return Answer(200, {"messageTypes": state.catalog.message_types})


def journeys(state: State, request: Request) -> Answer:
    """Without `state` those in use, with state=Archived only the archived: all of them take two passes."""
    wanted = request.every.get("state", [])
    if any(value != "Archived" for value in wanted):
        raise bad_params("state must be Archived")
    found = [journey for journey in state.catalog.journeys if journey["isArchived"] == bool(wanted)]
    return Answer(200, answer_page(request, sort_by(request, found, SORTS), JOURNEYS))


def metadata(state: State, request: Request) -> Answer:
    """Tables of metadata: this project has none, but sources that read all there is ask for them."""
    return Answer(200, {"results": []})


ROUTES = [
    Route("GET", "/api/channels", channels, Rate(100, 1)),
    Route("GET", "/api/messageTypes", message_types, Rate(100, 1)),
    Route("GET", "/api/journeys", journeys),
    Route("GET", "/api/metadata", metadata),
]
