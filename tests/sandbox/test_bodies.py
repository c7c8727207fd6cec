from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.sandbox.caller import Caller

ANN = "ann@example.com"
UPDATE = {"email": ANN, "dataFields": {"firstName": "Ann"}}
HEADERS = {"Api-Key": "any-key", "Content-Type": "application/json"}


def post(sandbox: Caller, body: bytes | Iterator[bytes], path: str = "/api/users/update", **headers: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
    connection.request("POST", path, body, {**HEADERS, **headers}, encode_chunked=not isinstance(body, bytes))
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_body_may_come_in_chunks(sandbox: Caller) -> None:
    raw = json.dumps(UPDATE).encode()
    assert post(sandbox, iter([raw[:7], raw[7:]]), **{"Transfer-Encoding": "chunked"}) == 200
    assert sandbox.fields(ANN) == {"firstName": "Ann"}


def test_a_body_may_be_gzipped(sandbox: Caller) -> None:
    assert post(sandbox, gzip.compress(json.dumps(UPDATE).encode()), **{"Content-Encoding": "gzip"}) == 200
    assert sandbox.fields(ANN) == {"firstName": "Ann"}


def test_a_body_that_only_claims_to_be_gzipped_is_refused(sandbox: Caller) -> None:
    assert post(sandbox, json.dumps(UPDATE).encode(), **{"Content-Encoding": "gzip"}) == 400
    assert sandbox.fields(ANN) is None


def test_chunk_sizes_that_are_no_numbers_are_refused(sandbox: Caller) -> None:
    assert post(sandbox, b"zz\r\n{}\r\n0\r\n\r\n", **{"Transfer-Encoding": "chunked"}) == 400
    assert sandbox.fields(ANN) is None


def test_the_key_may_stand_in_the_query_as_old_clients_send_it(sandbox: Caller) -> None:
    assert post(sandbox, json.dumps(UPDATE).encode(), "/api/users/update?api_key=old", **{"Api-Key": ""}) == 200
    assert post(sandbox, json.dumps(UPDATE).encode(), **{"Api-Key": ""}) == 401
