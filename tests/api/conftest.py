from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from contacts.intake.seed import seed_event_types
from iterable_admin.inbox.models import Source
from iterable_admin.inbox.tokens import create_token


@pytest.fixture
def types(db: None) -> None:
    seed_event_types()


@pytest.fixture
def post(api: APIClient, types: None) -> Callable[..., Any]:
    """Post to a path below /api/v1/ as a source that may do everything."""

    def send(path: str, body: Any, **headers: str) -> Any:
        return api.post(f"/api/v1/{path}", body, format="json", headers=headers or None)

    return send


@pytest.fixture
def limited(db: None) -> Callable[..., APIClient]:
    """A client of a source that has only the given scopes."""

    def make(*scopes: str) -> APIClient:
        client = APIClient()
        token = create_token(Source.objects.create(name="Limited", scopes=list(scopes)))
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return client

    return make


@pytest.fixture(autouse=True)
def static_folder(settings: Any, tmp_path: Path) -> None:
    """Static files are collected at deployment; without their folder the middleware warns."""
    settings.STATIC_ROOT = str(tmp_path)
