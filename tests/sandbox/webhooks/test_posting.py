from __future__ import annotations

import socket

import pytest

from iterable_admin.sandbox.webhooks import posting
from iterable_admin.sandbox.webhooks.hooks import Hook
from iterable_admin.sandbox.webhooks.posting import Poster
from tests.sandbox.receiver import poll, receiving


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_a_posting_that_nobody_takes_is_given_up_with_its_reason() -> None:
    poster = Poster(lambda: None, waits=(0.0, 0.0))
    poster.post(Hook(1, f"http://127.0.0.1:{closed_port()}/", True), {"eventName": "emailSend"}, 1_700_000_000.0)
    poll(lambda: poster.describe(1)["counts"])
    poster.stop()
    (logged,) = poster.describe(1)["postings"]
    assert (logged["outcome"], logged["tries"], logged["status"]) == ("gave up", 3, None)
    assert "refused" in logged["problem"]
    assert (logged["time"], logged["body"]) == ("2023-11-14T22:13:20.000+00:00", {"eventName": "emailSend"})


def test_what_finds_the_queue_full_is_dropped_and_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "MOST_WAITING", 1)
    monkeypatch.setattr(Poster, "start", lambda self: None)
    poster = Poster(lambda: None)
    for number in range(3):
        poster.post(Hook(1, "http://127.0.0.1:1/", True), {"n": number}, 0.0)
    described = poster.describe(10)
    assert (described["counts"], described["waiting"]) == ({"dropped": 2}, 1)
    assert [(p["body"]["n"], p["outcome"]) for p in described["postings"]] == [(2, "dropped"), (1, "dropped"), (0, "waiting")]


def test_a_cleared_poster_forgets_what_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Poster, "start", lambda self: None)
    poster = Poster(lambda: None)
    poster.post(Hook(1, "http://127.0.0.1:1/", True), {}, 0.0)
    poster.clear()
    assert poster.describe(10) == {"postings": [], "counts": {}, "waiting": 0}


def test_the_address_keeps_its_path_and_query() -> None:
    with receiving() as receiver:
        poster = Poster(lambda: None)
        poster.post(Hook(1, receiver.url, True), {"eventName": "emailSend"}, 0.0)
        assert receiver.wait(1) == [{"eventName": "emailSend"}]
        poster.stop()
    assert receiver.paths == ["/hook?secret=1"]
