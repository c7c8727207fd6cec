from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from contacts.consent.learning import learn_ids
from iterable_admin.sandbox import RunningSandbox
from tests.conftest import JsonClient
from tests.sync.conftest import fill  # noqa: F401 - a fixture

LOCAL = "zebulon.quux+77"
ZEB = f"{LOCAL}@example.com"
USER = 40711


@pytest.fixture
def ready(sandbox: RunningSandbox, seeded: None) -> RunningSandbox:
    learn_ids()
    return sandbox


def told_of(word: str) -> list[str]:
    """Every column of words or JSON, of every table, in which the word stands, whatever its case."""
    return [
        f"{model._meta.db_table}.{field.column}: {value}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField | models.JSONField)
        for value in model._default_manager.values_list(field.attname, flat=True)
        if word.lower() in json.dumps(value, default=str).lower()
    ]


def rows_of_user(user_id: int) -> list[str]:
    """Every column of every table that holds this number, alone or within words or JSON; our own keys do not count."""
    whole = re.compile(rf"(?<![\w.-]){user_id}(?![\w.-])")
    return [
        f"{model._meta.db_table}.{field.column}: {value}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if not (field.primary_key or field.is_relation or isinstance(field, models.DateTimeField))
        for value in model._default_manager.values_list(field.attname, flat=True)
        if whole.search(json.dumps(value, default=str))
    ]


Post = Callable[..., Any]


@pytest.fixture
def post(api: JsonClient) -> Post:
    def send(path: str, body: Any, status: int = 202, **headers: str) -> Any:
        answer = api.post(f"/api/v1/{path}", body, headers=headers)
        assert answer.status_code == status, answer.content
        return answer.json()

    return send


def trial(email: str = ZEB, **fields: Any) -> dict[str, Any]:
    return {"email": email, "firstName": "Zebulon", "company": "Quuxite", "companyNamespace": True, **fields}
