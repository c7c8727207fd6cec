from __future__ import annotations

import pytest

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
