"""What is wrong with a request or an answer, by Iterable's description: each fault with its place and reason."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

from jsonschema import Draft4Validator, FormatChecker

from tests.contract.defects import Schema
from tests.contract.description import Description, Operation

JSON = "application/json"
KEPT_OF_PARAMETERS = ("type", "format", "enum", "minimum", "maximum")
# Nowhere described, and possible everywhere.
UNSAID_STATUSES = {413, 429, 500, 502, 503, 504}
# The description says date-time and, in words, which form.
ITERABLE_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d( [+-]\d\d:\d\d)?")
FORMATS = FormatChecker(formats=())


@dataclass(frozen=True)
class Sent:
    method: str
    target: str
    """Path and query as on the wire: percent-encoded."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    def header(self, name: str) -> str:
        return next((value for found, value in self.headers.items() if found.lower() == name.lower()), "")


@dataclass(frozen=True)
class Received:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@FORMATS.checks("int32")
def _is_32_bit(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@FORMATS.checks("int64")
def _is_64_bit(value: object) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63


@FORMATS.checks("date-time")
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or ITERABLE_TIME.fullmatch(value) is not None


def faults_of_request(description: Description, sent: Sent) -> list[str]:
    """Empty if Iterable would have nothing to say. Stricter than the description: no key or parameter that it lacks."""
    operation = description.operation(sent.method, sent.path)
    if operation is None:
        return [f"{sent.method} {sent.path}: the description has no such endpoint"]
    found = [*_headers(operation, sent), *_path(operation, sent), *_query(operation, sent), *_body(operation, sent)]
    return [f"{sent.method} {operation.path}: {fault}" for fault in found]


def faults_of_answer(description: Description, sent: Sent, received: Received) -> list[str]:
    """Of an answer to a described request. Keys that the description lacks are fine: Iterable may add some at any time."""
    operation = description.operation(sent.method, sent.path)
    if operation is None or received.status in UNSAID_STATUSES:
        return []
    place = f"{operation.method} {operation.path}: {received.status}"
    if str(received.status) not in operation.details["responses"] and "default" not in operation.details["responses"]:
        return [f"{place}: no such status is described"]
    schema = operation.details["responses"].get(str(received.status), {}).get("schema")
    if schema is None or schema["type"] == "string":
        return []
    try:
        return faults_in_value(_answer_validator(operation, received.status), json.loads(received.body), place)
    except ValueError as error:
        return [f"{place}: no JSON, {error}"]


def faults_in_value(validator: Draft4Validator, value: Any, place: str) -> list[str]:
    return [f"{place}{_tail(error.absolute_path)}: {error.message[:300]}" for error in validator.iter_errors(value)]


def validator_of(schema: Schema) -> Draft4Validator:
    return Draft4Validator(schema, format_checker=FORMATS)


def _headers(operation: Operation, sent: Sent) -> Iterator[str]:
    if not sent.header("Api-Key"):
        yield "header Api-Key: required"
    wants_json = bool(operation.parameters("body"))
    if wants_json and sent.header("Content-Type").split(";")[0].strip().lower() != JSON:
        yield f"header Content-Type: {sent.header('Content-Type')!r} is not {JSON}"
    if sent.body and not wants_json:
        yield "body: the endpoint takes none"


def _path(operation: Operation, sent: Sent) -> Iterator[str]:
    for name, value in operation.values_in(sent.path).items():
        schema = operation.parameters("path").get(name, {"type": "string"})
        yield from _parameter(schema, value, f"path {name}") if value else [f"path {name}: empty"]


def _query(operation: Operation, sent: Sent) -> Iterator[str]:
    known, given = operation.parameters("query"), parse_qs(urlsplit(sent.target).query, keep_blank_values=True)
    yield from (f"query {name}: required" for name, schema in known.items() if schema.get("required") and name not in given)
    for name, values in given.items():
        schema = known.get(name)
        if schema is None:
            yield f"query {name}: the endpoint has no such parameter"
        elif schema["type"] != "array" and len(values) > 1:
            yield f"query {name}: given {len(values)} times"
        else:
            inner = schema["items"] if schema["type"] == "array" else schema
            yield from (fault for value in values for fault in _parameter(inner, value, f"query {name}"))


def _parameter(schema: Schema, text: str, place: str) -> list[str]:
    # Swagger's "object" in a query says nothing of the form.
    kept = {name: value for name, value in schema.items() if name in KEPT_OF_PARAMETERS and value != "object"}
    return faults_in_value(validator_of(kept), _READERS.get(schema["type"], str)(text), place)


def _whole(text: str) -> object:
    return int(text) if re.fullmatch(r"-?[0-9]+", text) else text


def _truth(text: str) -> object:
    return {"true": True, "false": False}.get(text, text)


_READERS: dict[str, Callable[[str], object]] = {"integer": _whole, "boolean": _truth}


def _body(operation: Operation, sent: Sent) -> list[str]:
    validator = _body_validator(operation)
    if validator is None:
        return []
    try:
        value = json.loads(sent.body, parse_constant=_refuse_constant)
    except ValueError as error:
        return [f"body: no JSON, {error}"]
    return faults_in_value(validator, value, "body")


@cache
def _body_validator(operation: Operation) -> Draft4Validator | None:
    schemas = [parameter["schema"] for parameter in operation.parameters("body").values()]
    return validator_of(_closed(schemas[0])) if schemas else None


@cache
def _answer_validator(operation: Operation, status: int) -> Draft4Validator:
    return validator_of(operation.details["responses"][str(status)]["schema"])


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _closed(part: Any) -> Any:
    """The same, but an object that names its keys has no others."""
    if isinstance(part, list):
        return [_closed(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    inside = {name: _closed(inner) for name, inner in part.items()}
    return inside | {"additionalProperties": False} if isinstance(part.get("properties"), dict) else inside


def _tail(path: Any) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
