from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from rest_framework.test import APIClient

from iterable_admin.inbox.models import Event, Source
from iterable_admin.inbox.tokens import create_token

WRITES = ["events/", "events/bulk/", "events/gitlab/", "events/saas-trial/", "webhooks/marketo/unsubscribe/"]
TRIAL = {"email": "ada@example.com", "company": "Fictional Company"}


@pytest.mark.parametrize("path", WRITES)
def test_nobody_without_a_token_writes(types: None, path: str) -> None:
    answer = APIClient().post(f"/api/v1/{path}", TRIAL, format="json")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert not Event.objects.exists()


@pytest.mark.parametrize("path", WRITES)
def test_a_wrong_token_is_refused(types: None, path: str) -> None:
    answer = APIClient().post(f"/api/v1/{path}", TRIAL, format="json", headers={"Authorization": "Bearer ita_wrong"})
    assert answer.status_code == 401
    assert not Event.objects.exists()


@pytest.mark.parametrize("path", WRITES)
def test_a_token_without_the_scope_is_refused(types: None, limited: Callable[..., APIClient], path: str) -> None:
    answer = limited("read").post(f"/api/v1/{path}", TRIAL, format="json")
    assert answer.status_code == 403
    assert not Event.objects.exists()


def test_the_token_may_come_as_an_api_key(types: None) -> None:
    token = create_token(Source.objects.create(name="Workato", scopes=["events:write"]))
    assert APIClient().post("/api/v1/events/saas-trial/", TRIAL, format="json", headers={"X-Api-Key": token}).status_code == 202


def test_a_bearer_without_a_token_leaves_the_word_to_the_key(types: None, source: Source) -> None:
    headers = {"Authorization": "Bearer ", "X-Api-Key": create_token(source)}
    assert APIClient().post("/api/v1/events/saas-trial/", TRIAL, format="json", headers=headers).status_code == 202


@pytest.mark.parametrize("path", WRITES)
def test_a_body_over_a_million_bytes_is_too_large(api: APIClient, types: None, path: str) -> None:
    body = b'{"email": "ada@example.com", "company": "' + b"x" * 1_000_000 + b'"}'
    answer = api.post(f"/api/v1/{path}", body, content_type="application/json")
    assert (answer.status_code, answer.json()) == (
        413,
        {"detail": "A request may have at most 1,000,000 bytes: send less at once."},
    )
    assert not Event.objects.exists()


def test_a_body_of_exactly_a_million_bytes_is_taken(api: APIClient, types: None) -> None:
    start, end = b'{"email": "ada@example.com", "company": "', b'"}'
    body = start + b"x" * (1_000_000 - len(start) - len(end)) + end
    assert api.post("/api/v1/events/saas-trial/", body, content_type="application/json").status_code == 202


def _chunked(api: APIClient, path: str, body: bytes) -> Any:
    """As a server hands on a body whose length nobody declared: until the end of the stream."""
    extra: dict[str, Any] = {"wsgi.input": BytesIO(body), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    return api.generic("POST", f"/api/v1/{path}", content_type="application/json", **extra)


@pytest.mark.parametrize("path", ["events/saas-trial/", "webhooks/marketo/unsubscribe/"])
def test_a_body_in_chunks_is_read_to_its_end(api: APIClient, types: None, path: str) -> None:
    assert _chunked(api, path, b'{"email": "ada@example.com"}').status_code == 202
    assert Event.objects.get().email == "ada@example.com"


@pytest.mark.parametrize("path", WRITES)
def test_a_body_in_chunks_of_over_a_million_bytes_is_too_large(api: APIClient, types: None, path: str) -> None:
    body = b'{"email": "ada@example.com", "company": "' + b"x" * 1_000_000 + b'"}'
    assert _chunked(api, path, body).status_code == 413
    assert not Event.objects.exists()


def test_the_declared_length_is_asked_before_a_byte_is_read(api: APIClient, types: None) -> None:
    class Unreadable(BytesIO):
        def read(self, *_: Any) -> bytes:
            raise AssertionError("The body was read.")

    extra: dict[str, Any] = {"CONTENT_LENGTH": "1000001", "wsgi.input": Unreadable()}
    assert api.post("/api/v1/events/saas-trial/", TRIAL, format="json", **extra).status_code == 413
