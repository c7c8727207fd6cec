"""Bodies that are too large, broken or no text."""

from __future__ import annotations

import pytest

from iterable_admin.iterable import errors, reading
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.writes import ProfileUpdate
from tests.iterable.conftest import Canned

ANN = ProfileUpdate({}, email="ann@example.com")


def test_no_more_of_an_answer_is_read_than_a_limit(
    client: IterableClient, canned: Canned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST_ANSWER", 1000)
    canned.answer(200, {"fields": {"a" * 1000: "long"}})
    with pytest.raises(errors.Ambiguous, match="an answer of more than 1,000 bytes was not read"):
        client.users.fields()


def test_an_endless_explanation_is_cut(client: IterableClient, canned: Canned, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST_ERROR", 100)
    canned.answer(400, "no " * 1000)
    with pytest.raises(errors.Refused) as caught:
        client.users.update(ANN)
    assert caught.value.call.excerpt == ("no " * 1000)[:100]


def test_a_refusal_whose_explanation_breaks_off_is_a_refusal(client: IterableClient, canned: Canned) -> None:
    canned.answer(400, "no", Content_Length="100", Connection="close")
    with pytest.raises(errors.Refused):
        IterableClient("k" * 32, canned.url, timeout=(1, 0.2)).users.update(ANN)


def test_bytes_that_are_no_text_are_shown_as_such(client: IterableClient, canned: Canned) -> None:
    canned.answers.append((400, b"\xff\xfe no", {}))
    with pytest.raises(errors.Refused) as caught:
        client.users.update(ANN)
    assert caught.value.call.excerpt == "\ufffd\ufffd no"
