from __future__ import annotations

import json
import logging.config

import pytest
from django.conf import settings

from iterable_admin.redaction import redact

KEY = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "text", [f"Api-Key: {KEY}", f"ITERABLE_API_KEY={KEY}", f'{{"api_key": "{KEY}"}}', f"Authorization: Bearer {KEY}"]
)
def test_a_key_is_blotted_out(text: str) -> None:
    assert KEY not in redact(text)
    assert redact(text).startswith(text.split(KEY)[0].removesuffix("Bearer "))


def test_iterables_word_for_a_bad_key_is_no_key() -> None:
    said = "401 BadApiKey: Disabled API key or insufficient privileges"
    assert redact(said) == said


def test_what_a_sign_in_provider_sends_back_is_blotted_out() -> None:
    assert redact("GET /oidc/return/?code=abc&state=def HTTP/1.1") == "GET /oidc/return/?… HTTP/1.1"


@pytest.mark.parametrize("token", ["ita_" + "Ab-_" * 10, "itb_WzEsInJlYWQiXQ.1tQ2ab.AbCdEfGh_-012345678901234567890"])
def test_a_token_of_ours_is_blotted_out_whatever_it_is_called(token: str) -> None:
    assert redact(f"GET /iterable/api/lists?k={token}&page=2") == f"GET /iterable/api/lists?k={token[:4]}…&page=2"
    assert redact(f"Made {token[:12]}…") == f"Made {token[:12]}…"


def as_logged(fault: Exception) -> dict[str, str]:
    """The line that the configured formatter makes of an error that no view answered."""
    formatter = logging.config.dictConfigClass(settings.LOGGING).configure_formatter(settings.LOGGING["formatters"]["json"])
    told = (type(fault), fault, fault.__traceback__)
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "Internal Server Error: %s", ("/x",), told)
    line: dict[str, str] = json.loads(formatter.format(record))
    return line


def test_a_logged_error_has_its_traceback_and_no_address_and_no_secret() -> None:
    try:
        raise ValueError(f"Key (email)=({'@'.join(['ada', 'example.com'])}) api_key={KEY}")
    except ValueError as fault:
        line = as_logged(fault)

    assert line["event"] == "Internal Server Error: /x"
    assert "in test_a_logged_error_has_its_traceback_and_no_address_and_no_secret" in line["exception"]
    assert line["exception"].splitlines()[-1] == "ValueError: Key (email)=(a…@e….com) api_key=…"
    assert "exc_info" not in line
