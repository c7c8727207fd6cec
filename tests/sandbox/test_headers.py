from __future__ import annotations

import http.client
import re

from tests.sandbox.caller import Caller


def test_an_answer_carries_the_headers_that_iterable_sends(sandbox: Caller) -> None:
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/api/nothing-of-the-kind", headers={"Api-Key": "any-key"})
    answer = connection.getresponse()
    connection.close()
    [call] = sandbox.get("/sandbox/calls.json")[1]["calls"]
    assert (answer.status, answer.getheader("Iterable-Request-Id")) == (404, call["requestId"])
    assert (answer.getheader("Request-Time") or "").isdecimal()
    assert re.match("iterable-ingress ", answer.getheader("Server") or "")
    assert not [name for name, _ in answer.getheaders() if name.lower().startswith("x-ratelimit") or name == "Retry-After"]
