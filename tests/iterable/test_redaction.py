from __future__ import annotations

import logging

import pytest

from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.redaction import REDACTED, excerpt, redact
from iterable_admin.iterable.writes import ProfileUpdate
from tests.iterable.conftest import KEY, Canned


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"key {KEY} here", f"key {REDACTED} here"),
        ("Api-Key: other", f"Api-Key: {REDACTED}"),
        ("api_key=other&limit=1", f"api_key={REDACTED}&limit=1"),
        ('{"Api_Key":["other"],"Host":"x"}', f'{{"Api_Key":["{REDACTED}"],"Host":"x"}}'),
        (r"{\"Api-Key\":\"other\"}", rf"{{\"Api-Key\":\"{REDACTED}\"}}"),
        ("(Api-Key,other), (Host,x)", f"(Api-Key,{REDACTED}), (Host,x)"),
        ("authorization -> Bearer a.b.c\nHost: x", f"authorization -> {REDACTED}\nHost: x"),
    ],
)
def test_a_key_is_hidden_in_every_notation(text: str, shown: str) -> None:
    assert redact(text, KEY) == shown


@pytest.mark.parametrize("text", ['{"code":"BadApiKey","msg":"x"}', '{"apiKeyIdentifier":"01234567"}', "Disabled API key"])
def test_words_about_keys_stay_readable(text: str) -> None:
    assert redact(text, KEY) == text


def test_a_key_on_the_edge_of_the_excerpt_is_hidden_whole() -> None:
    assert KEY[:4] not in excerpt("x" * 1990 + KEY, KEY)


def test_lone_surrogates_and_nul_never_reach_a_database() -> None:
    assert redact("a\x00\ud800b", KEY) == "a?b"


def test_the_log_names_the_call_and_neither_person_nor_key(
    client: IterableClient, canned: Canned, caplog: pytest.LogCaptureFixture
) -> None:
    canned.answer(200, "{}", Iterable_Request_Id="r-1")
    with caplog.at_level(logging.DEBUG, logger="iterable_admin.iterable"):
        client.users.update(ProfileUpdate({}, email="ann@example.com"))
    [record] = [record for record in caplog.records if record.name.startswith("iterable_admin.iterable")]
    assert record.getMessage().startswith("POST /api/users/update: 200 in ")
    assert record.getMessage().endswith("request r-1")


def test_a_short_key_takes_no_letter_out_of_the_data(canned: Canned) -> None:
    canned.answer(200, {"user": {"email": "demo@example.com", "dataFields": {"plan": "demo"}}})
    found, call = IterableClient("demo", canned.url).users.by_email("demo@example.com")
    assert found is not None
    assert (found.email, found.data_fields) == ("demo@example.com", {"plan": "demo"})
    assert "demo" not in repr(call)
