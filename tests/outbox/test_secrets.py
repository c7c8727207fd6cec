"""The service echoes our headers back in every notation: afterwards neither a table nor a log record holds the key."""

from __future__ import annotations

import base64
import html
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.views.debug import ExceptionReporter

from iterable_admin.errors import Misconfigured
from iterable_admin.outbox.connection import connect
from iterable_admin.outbox.enqueueing import CHANNEL, Cause, enqueue, look_up, profile_update, unsubscription
from iterable_admin.outbox.models import Attempt
from tests.iterable.conftest import Canned, canned  # noqa: F401 - a fixture
from tests.outbox.conftest import drain_once

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "Zx7-9dKq+4f/bW2eR8sT6uY1oP3aLmNc"
PACKED = [base64.b64encode(b"x" * shift + KEY.encode()).decode() for shift in range(3)]
NOTATIONS = [
    KEY,
    KEY.upper(),
    f'{{"Api-Key":["{KEY}"]}}',
    f"[[Api-Key, {KEY}]]",
    "".join(f"%{byte:02X}" for byte in KEY.encode()),
    "".join(f"\\u{ord(letter):04x}" for letter in KEY),
    "".join(f"&#{ord(letter)};" for letter in KEY),
    html.escape(KEY),
    KEY.encode().hex(),
    f"{KEY[:20]} …",
    f"… {KEY[10:]}",
    *PACKED,
]
TRACES = [
    KEY[:14],
    KEY[-14:],
    KEY.encode().hex()[8:40],
    *(packed[4:24] for packed in PACKED),
    "%5A%78",
    "\\u005a\\u0078",
    "&#90;&#120;",
]


def answers() -> Iterator[tuple[int, object, dict[str, str]]]:
    echo = " | ".join(NOTATIONS)
    yield 400, {"msg": echo, "code": "BadJsonBody", "params": None}, {}
    yield 400, {"msg": "", "code": KEY, "params": {"headers": [["Api-Key", KEY]], KEY: [KEY]}}, {}
    yield 500, {"error": echo, "message": echo, "code": KEY, "data": echo}, {}
    yield 404, f"<html><head><title>{echo}</title></head>{echo}</html>", {}
    yield 302, "", {"Location": f"https://elsewhere.example/?api_key={KEY}", "Iterable_Request_Id": KEY}
    yield 401, echo, {"Retry_After": KEY, "X_Echo": KEY}
    mismatch = {KEY: {"expectedType": KEY, "offendingValue": KEY, "incomingTypes": [KEY], "category": KEY}}
    yield 400, {"msg": echo, "code": "RequestFieldsTypesMismatched", "params": {"validationErrors": mismatch}}, {}
    named = {"successCount": 0, "failCount": 1, "failedUpdates": {KEY: [KEY]}, "filteredOutFields": [KEY], "createdFields": [KEY]}
    yield 200, named, {"Iterable_Request_Id": KEY}


def everything_stored() -> str:
    models = [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]
    rows = [row for model in models for row in model._base_manager.values()]
    return json.dumps(rows, default=str, ensure_ascii=False)


@pytest.mark.parametrize(("status", "body", "headers"), list(answers()), ids=str)
def test_no_table_and_no_log_record_holds_the_key(
    canned: Canned,  # noqa: F811
    cause: Cause,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
    status: int,
    body: object,
    headers: dict[str, str],
) -> None:
    settings.ITERABLE_API_KEY, settings.ITERABLE_BASE_URL, settings.SENDING_ALLOW_LIST = KEY, canned.url, ["*"]
    settings.ITERABLE_RATE_LIMIT_SCALE = 10_000
    canned.answer(status, body, **headers)
    enqueue([profile_update("a@example.com", {"n": 1}, cause), look_up("b@example.com", cause)])
    enqueue([unsubscription("c@example.com", CHANNEL, "Marketing Channel", 1, cause)])
    with caplog.at_level(logging.DEBUG):
        drain_once()
    assert Attempt.objects.exists()
    shown = everything_stored() + "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert [trace for trace in TRACES if trace.lower() in shown.lower()] == []


@pytest.mark.parametrize("key", [KEY, f"{KEY} with a space"])
def test_an_error_page_shows_no_key_in_any_frame(canned: Canned, settings: Any, key: str) -> None:  # noqa: F811
    settings.ITERABLE_API_KEY, settings.ITERABLE_BASE_URL = key, "gopher://127.0.0.1"
    with pytest.raises(Misconfigured) as caught:
        connect().users.fields()
    page = ExceptionReporter(None, caught.type, caught.value, caught.tb.tb_next).get_traceback_html()
    assert "check_key" in page or "_ask" in page
    assert KEY[:12] not in page
