"""What the validator objects to, on a description small enough to be read here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iterable_admin.iterable.transport import Transport
from tests.contract.description import Description, read_description
from tests.contract.validation import Sent, faults_of_request
from tests.contract.watching import Watch
from tests.iterable.conftest import Canned

HEADERS = {"api-key": "k", "content-type": "application/json; charset=utf-8"}
ROW = {
    "properties": {"email": {"type": "string"}, "dataFields": {"type": "object"}, "at": {"type": "integer", "format": "int64"}}
}
DEFINITIONS = {
    "Row": {"type": "object", **ROW},
    "BulkUpdateUsersRequest": {
        "type": "object",
        "required": ["users"],
        "properties": {"users": {"type": "array", "items": {"$ref": "#/definitions/Row"}}},
    },
}
READ_PARAMETERS = [
    {"name": "id", "in": "path", "required": True, "type": "integer", "format": "int32"},
    {"name": "sort", "in": "query", "required": True, "type": "string", "enum": ["id", "name"]},
    {"name": "state", "in": "query", "type": "array", "items": {"type": "boolean"}},
]
WRITE_PARAMETERS = [{"name": "body", "in": "body", "required": True, "schema": {"$ref": "#/definitions/BulkUpdateUsersRequest"}}]
DESCRIPTION = Description(
    {
        "definitions": DEFINITIONS,
        "paths": {
            "/api/things/{id}": {"get": {"parameters": READ_PARAMETERS, "responses": {}}},
            "/api/things/all": {"get": {"parameters": [], "responses": {}}},
            "/api/bulk": {"post": {"parameters": WRITE_PARAMETERS, "responses": {}}},
        },
    }
)


def write(body: Any, **headers: str) -> list[str]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return faults_of_request(DESCRIPTION, Sent("POST", "/api/bulk", {**HEADERS, **headers}, raw))


def read(target: str, body: bytes = b"") -> list[str]:
    return faults_of_request(DESCRIPTION, Sent("GET", target, {"Api-Key": "k"}, body))


def test_what_the_description_has_is_no_fault() -> None:
    row = {"email": "a@example.com", "at": 2**63 - 1, "dataFields": {"any": [None, {"thing": 1.5}]}}
    assert write({"users": [row], "updateOnly": True}) == []
    assert read("/api/things/-7?sort=name&state=true&state=false") == []
    assert read("/api/things/all") == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, "body: 'users' is a required property"),
        ({"users": [{}, {"email": None}]}, "body.users[1].email: None is not of type 'string'"),
        ({"users": [{"at": True}]}, "body.users[0].at: True is not of type 'integer'"),
        ({"users": [{"at": 2**63}]}, "body.users[0].at: 9223372036854775808 is not a 'int64'"),
        ({"users": [{"mail": ""}]}, "body.users[0]: Additional properties are not allowed ('mail' was unexpected)"),
        ({"users": [], "updateOnly": "yes"}, "body.updateOnly: 'yes' is not of type 'boolean'"),
        (b"", "body: no JSON, Expecting value: line 1 column 1 (char 0)"),
        (b'{"users": [{"dataFields": {"a": NaN}}]}', "body: no JSON, NaN is no JSON"),
    ],
)
def test_a_body_is_held_against_its_schema_to_the_last_row(body: Any, fault: str) -> None:
    assert write(body) == [f"POST /api/bulk: {fault}"]


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        ("/api/things/seven?sort=id", "path id: 'seven' is not of type 'integer'"),
        ("/api/things/2147483648?sort=id", "path id: 2147483648 is not a 'int32'"),
        ("/api/things/?sort=id", "path id: empty"),
        ("/api/things/7", "query sort: required"),
        ("/api/things/7?sort=age", "query sort: 'age' is not one of ['id', 'name']"),
        ("/api/things/7?sort=id&sort=name", "query sort: given 2 times"),
        ("/api/things/7?sort=id&state=yes", "query state: 'yes' is not of type 'boolean'"),
        ("/api/things/7?sort=id&page=1", "query page: the endpoint has no such parameter"),
    ],
)
def test_paths_and_queries_are_held_against_their_types(target: str, fault: str) -> None:
    assert read(target) == [f"GET /api/things/{{id}}: {fault}"]


def test_headers_and_needless_bodies_are_looked_at() -> None:
    assert write({"users": []}, **{"content-type": "text/plain"}) == [
        "POST /api/bulk: header Content-Type: 'text/plain' is not application/json"
    ]
    assert write({"users": []}, **{"api-key": ""}) == ["POST /api/bulk: header Api-Key: required"]
    assert read("/api/things/all", b"{}") == ["GET /api/things/all: body: the endpoint takes none"]


def test_an_endpoint_that_is_not_described_is_a_fault() -> None:
    assert faults_of_request(DESCRIPTION, Sent("PUT", "/api/bulk")) == ["PUT /api/bulk: the description has no such endpoint"]
    assert read("/api/campaigns/7") == []


@pytest.mark.unpublished("on purpose, to see it caught")
def test_what_the_client_sends_is_seen_and_other_callers_are_not(canned: Canned) -> None:
    canned.answer(200, {})
    watch = Watch(DESCRIPTION)
    watch.start()
    try:
        Transport("a-key", canned.url, (2, 2), None).send("POST", "/api/bulk", body={"users": 3})
    finally:
        watch.stop()
    Transport("a-key", canned.url, (2, 2), None).send("POST", "/api/bulk", body={"users": 4})
    assert watch.take_faults() == ["POST /api/bulk: body.users: 3 is not of type 'array'"]
    assert watch.take_faults() == []


def test_the_description_is_read_from_where_it_is_said_to_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    place = tmp_path / "description.json"
    monkeypatch.setenv("ITERABLE_OPENAPI", str(place))
    with pytest.raises(FileNotFoundError, match=r"ITERABLE_OPENAPI names .*description\.json, which is no file"):
        read_description()
    place.write_text(json.dumps({"definitions": DEFINITIONS, "paths": {}}))
    found = read_description()
    assert found is not None
    assert found.operation("GET", "/api/campaigns/metrics") is not None
