"""Whatever the OpenAPI document allows, and much that it does not, is answered as the document says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from rest_framework.test import APIClient
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from contacts.consent.models import MessageType
from iterable_admin.inbox.models import Event, Source
from iterable_admin.inbox.tokens import create_token
from iterable_admin.sandbox import RunningSandbox
from iterable_admin.wsgi import application

ADA = "ada@example.com"
CHECKS = [
    *(not_a_server_error, checks.status_code_conformance),
    *(checks.content_type_conformance, checks.response_schema_conformance),
]
# The same calls in every run: what they find is mended once, and a longer look is a matter of this number.
EXAMPLES = settings(
    max_examples=int(os.environ.get("DESCRIPTION_EXAMPLES", "15")),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
DEEP = b'{"email": "ada@example.com", "eventName": "Deep", "dataFields": {"x": ' + b"[" * 300 + b"]" * 300 + b"}}"
pytestmark = pytest.mark.django_db(transaction=True)


def operations() -> Iterator[APIOperation[Any, Any, Any, Any]]:
    described = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)
    return (found.ok() for found in described.get_all_operations())  # type: ignore[union-attr] # what is no valid schema raises


def there_is(api: APIClient) -> dict[str, dict[str, Any]]:
    """Something at an address with places in it, by how the address begins."""
    trial = {"email": ADA, "eventName": "SaaS Trials", "dataFields": {"company": "Example"}}
    event = api.post("/api/v1/events/", trial).json()["id"]
    run = api.post("/api/v1/sync-runs/", {"dry_run": True}).json()["id"]
    channel = {"group": "messageChannel", "number": 108642, "email": ADA, "userId": "42"}
    return {
        "/api/v1/contacts/": {"email": ADA},
        "/api/v1/events/{uuid}": {"uuid": event},
        "/api/v1/events/{slug}": {"slug": "saas-trial"},
        "/api/v1/message-types/": {"id": MessageType.objects.first().pk},  # type: ignore[union-attr]
        "/api/v1/sync-runs/": {"id": run},
        "/iterable/": channel,
    }


def prove(operation: APIOperation[Any, Any, Any, Any], token: str, known: dict[str, Any]) -> None:
    @EXAMPLES
    @given(case=some.one_of(*(operation.as_strategy(generation_mode=mode) for mode in MODES)), found=some.booleans())
    def answered_as_described(case: Any, found: bool) -> None:
        if found:
            case.path_parameters = {name: known.get(name, value) for name, value in (case.path_parameters or {}).items()}
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}", "Api-Key": token}
        case.validate_response(case.call(), checks=CHECKS)

    answered_as_described()


@pytest.mark.unpublished("reads are passed on as they came")
def test_every_call_is_answered_as_described(source: Source, api: APIClient, seeded: None, sandbox: RunningSandbox) -> None:
    token, known = create_token(source), there_is(api)

    for operation in operations():
        prove(operation, token, next((names for start, names in known.items() if operation.path.startswith(start)), {}))


@pytest.mark.parametrize("key", ["", "ita_forged-and-long-enough"])
def test_no_call_is_heard_without_a_key_of_ours(key: str, seeded: None) -> None:
    headers = {"Authorization": f"Bearer {key}", "Api-Key": key}
    answers = {}
    # Where a token is got, it is got by something else.
    for operation in (found for found in operations() if not found.path.startswith("/oauth/")):
        case = operation.Case(path_parameters=dict.fromkeys(("email", "userId", "uuid", "slug", "id", "group", "number"), "1"))
        answers[operation.label] = case.call(headers=headers if key else {}).status_code

    assert len(answers) > 40
    assert {label: status for label, status in answers.items() if status != 401} == {}
    assert not Event.objects.exists()


@pytest.mark.parametrize("path", ["/api/v1/events/", "/iterable/api/events/track"])
def test_what_is_nested_too_deep_to_be_sent_on_is_refused(path: str, api: APIClient, source: Source) -> None:
    answer = api.post(path, DEEP, content_type="application/json", headers={"Api-Key": create_token(source)})

    assert answer.status_code == 400
    assert "more than 100 levels deep" in answer.content.decode()
    assert not Event.objects.exists()


def test_an_address_of_nothing_is_answered_in_json(api: APIClient) -> None:
    answer = api.get("/api/v1/nothing/")

    assert (answer.status_code, answer.json()) == (404, {"detail": "There is nothing at this address."})
