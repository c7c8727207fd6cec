"""What an endpoint gets and gives: Request, Answer, and Refused for every answer that is not a success."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

if TYPE_CHECKING:
    from iterable_admin.sandbox.state import State

MAX_BODY_BYTES = 4_000_000
MOST_DIGITS = 20
RATE_LIMIT_TEXT = "Rate limit exceeded. Please try again later."
PLAIN = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"

Kinds = dict[str, tuple[type, str]]
"""The JSON type that each key must have, and the word for it."""

STRING, INTEGER, BOOLEAN = (str, "String"), (int, "Integer"), (bool, "Boolean")
OBJECT, ARRAY = (dict, "Object"), (list, "Array")
IDENTITY_KINDS: Kinds = {"email": STRING, "userId": STRING}


class Rate(NamedTuple):
    calls: float
    seconds: float


@dataclass(slots=True)
class Answer:
    status: int
    payload: Any = None
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        return self.payload.encode() if isinstance(self.payload, str) else orjson.dumps(self.payload)


@dataclass(slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    """The last value of each parameter."""
    raw: bytes = b""
    params: dict[str, str] = field(default_factory=dict)
    """Values of the {names} in the route's path, percent-decoded."""
    every: dict[str, list[str]] = field(default_factory=dict)
    """All values of each query parameter, in order: some may be repeated."""
    headers: Message = field(default_factory=Message)
    """Asked for by name in any spelling."""
    withheld: int = 0
    """Rows that a fault took out of the body before the work."""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    """Sent back as Iterable-Request-Id."""
    body: Any = None
    """The body as JSON; None if there is none or it is no JSON."""

    def __post_init__(self) -> None:
        with suppress(orjson.JSONDecodeError):
            self.body = orjson.loads(self.raw) if self.raw else None

    def json(self) -> dict[str, Any]:
        if not isinstance(self.body, dict):
            raise bad_json(self, {"obj": "Object value expected"})
        return self.body


class Refused(Exception):
    """Ends the call with the standard envelope; nothing of it is written."""

    def __init__(self, status: int, code: str, msg: str, params: dict[str, Any] | None = None) -> None:
        super().__init__(msg)
        self.answer = envelope(msg, code, params, status)


Endpoint = Callable[["State", Request], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    endpoint: Endpoint
    rate: Rate | tuple[Rate, ...] | None = None
    """The documented limit per project, or several, e.g. by the second and by the day; None where Iterable states none."""
    family: str = ""
    """Endpoints that a project may lack altogether share a family, e.g. "subscriptions"."""


def envelope(msg: str = "", code: str = "Success", params: dict[str, Any] | None = None, status: int = 200) -> Answer:
    return Answer(status, {"msg": msg, "code": code, "params": params})


def bad_json(request: Request, reasons: dict[str, Any]) -> Refused:
    return Refused(400, "BadJsonBody", f"[{request.path}] Invalid JSON body", reasons)


def bad_params(msg: str) -> Refused:
    return Refused(400, "BadParams", msg)


def rows_of(request: Request, body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The list of objects under this name, or the whole call is refused with the path of what is wrong."""
    rows = body.get(name)
    if not isinstance(rows, list):
        raise bad_json(request, {f"obj.{name}": "Array value expected"})
    wrong = {f"obj.{name}[{i}]": "Object value expected" for i, row in enumerate(rows) if not isinstance(row, dict)}
    if wrong:
        raise bad_json(request, wrong)
    return rows


def expect(request: Request, row: dict[str, Any], path: str, kinds: Kinds) -> None:
    """Refuse the call if a value that is present and not null has another JSON type than `kinds` says."""
    for name, value in row.items():
        if (kind := kinds.get(name)) is not None and type(value) is not kind[0] and value is not None:
            raise bad_json(request, {f"{path}.{name}": f"{kind[1]} value expected"})


def expect_all(request: Request, values: Any, path: str, kind: tuple[type, str]) -> None:
    """As expect, for the elements of a list; a list that is absent or null has none."""
    if values is not None and not isinstance(values, list):
        raise bad_json(request, {path: "Array value expected"})
    for index, value in enumerate(values or ()):
        if type(value) is not kind[0]:
            raise bad_json(request, {f"{path}[{index}]": f"{kind[1]} value expected"})


def missing(request: Request, path: str) -> Refused:
    return bad_json(request, {path: [{"msg": "error.path.missing", "args": []}]})


def read_integer(text: str, name: str, least: int = 0, most: int = 2**63 - 1) -> int:
    """A number from the path or the query."""
    if not (text.isdecimal() and len(text) < MOST_DIGITS and least <= int(text) <= most):
        raise bad_params(f"{name} must be a number between {least} and {most}")
    return int(text)
