"""Reads that a mirror of the project takes: channels, message types, journeys."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from iterable_admin.sandbox.answers import Answer, Rate, Request, Route, bad_params
from iterable_admin.sandbox.state import State

MAX_JOURNEYS, DEFAULT_JOURNEYS = 50, 10
SORTS = ("id", "name", "createdAt", "updatedAt")


def channels(state: State, request: Request) -> Answer:
    return Answer(200, {"channels": state.catalog.channels})


def message_types(state: State, request: Request) -> Answer:
    return Answer(200, {"messageTypes": state.catalog.message_types})


def journeys(state: State, request: Request) -> Answer:
    """Without `state` those in use, with state=Archived only the archived: all of them take two passes."""
    page = read_number(request, "page", 1, None)
    size = read_number(request, "pageSize", DEFAULT_JOURNEYS, MAX_JOURNEYS)
    if request.query.get("state", "Archived") != "Archived":
        raise bad_params("state must be Archived")
    archived = "state" in request.query
    found = sort_by(request, [j for j in state.catalog.journeys if j["isArchived"] == archived])
    start = (page - 1) * size
    answer: dict[str, Any] = {"journeys": found[start : start + size], "totalJourneysCount": len(found)}
    if start + size < len(found):
        answer["nextPageUrl"] = page_url(request, page + 1)
    if page > 1:
        answer["previousPageUrl"] = page_url(request, page - 1)
    return Answer(200, answer)


def read_number(request: Request, name: str, default: int, most: int | None) -> int:
    text = request.query.get(name, str(default))
    if not text.isdecimal() or int(text) < 1 or (most is not None and int(text) > most):
        raise bad_params(f"{name} must be at least 1" + (f" and at most {most}" if most else ""))
    return int(text)


def sort_by(request: Request, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # A literal plus arrives as a space.
    sort = request.query.get("sort", "id").strip()
    name = sort.lstrip("+-")
    if name not in SORTS:
        raise bad_params("sort must be one of " + ", ".join(SORTS))
    return sorted(found, key=lambda item: item[name], reverse=sort.startswith("-"))


def page_url(request: Request, page: int) -> str:
    return f"{request.path}?{urlencode({**request.query, 'page': page})}"


ROUTES = [
    Route("GET", "/api/channels", channels, Rate(100, 1)),
    Route("GET", "/api/messageTypes", message_types, Rate(100, 1)),
    Route("GET", "/api/journeys", journeys),
]
