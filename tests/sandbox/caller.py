"""A bare HTTP caller: the tests read what is on the wire, not what a client makes of it."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import quote, urlsplit


class Caller:
    def __init__(self, url: str, key: str = "any-key") -> None:
        self.url = url
        self._key = key
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, raw, {"Api-Key": self._key, "Content-Type": "application/json"})
        response = self._connection.getresponse()
        return response.status, response.read().decode()

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        return self.call("POST", path, body)

    def get(self, path: str) -> tuple[int, Any]:
        return self.call("GET", path)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        status, text = self.send(method, path, body)
        return status, json.loads(text)

    def fields(self, email: str) -> dict[str, Any] | None:
        """The user's dataFields without what Iterable keeps by itself, None for a stranger."""
        user = self.get(f"/api/users/getByEmail?email={quote(email, safe='')}")[1].get("user")
        managed = {"email", "userId", "profileUpdatedAt", "signupDate", "signupSource"}
        return {k: v for k, v in user["dataFields"].items() if k not in managed} if user else None

    def make(self, email: str, **fields: Any) -> None:
        assert self.post("/api/users/update", {"email": email, "dataFields": fields})[0] == 200

    def history(self, email: str) -> list[dict[str, Any]]:
        return list(self.get(f"/sandbox/history.json?email={quote(email, safe='')}")[1]["history"])
