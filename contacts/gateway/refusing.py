"""Iterable's envelope, and its refusals: what a client of Iterable's knows how to read."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response


class Refused(Exception):
    """Ends the call with Iterable's envelope."""

    def __init__(self, status: int, code: str, msg: str, params: dict[str, Any] | None = None) -> None:
        super().__init__(msg)
        self.status, self.code, self.msg, self.params = status, code, msg, params

    def answer(self) -> Response:
        return envelope(self.msg, self.code, self.params, self.status)


class RowRefused(Exception):
    """One row cannot be taken: named in this list of a bulk answer, or refused alone by a call for one person."""

    def __init__(self, failure: str, identifier: str) -> None:
        super().__init__(failure)
        self.failure, self.identifier = failure, identifier

    def alone(self) -> Refused:
        if not self.identifier:
            return bad_params("An email or a userId is required")
        code, text = ALONE[self.failure]
        return Refused(400, code, text + self.identifier)


ALONE = {
    "invalidEmails": ("InvalidEmailAddressError", "Invalid email: "),
    "invalidUserIds": ("InvalidUserIdError", "Invalid userId: "),
}


def envelope(msg: str = "", code: str = "Success", params: dict[str, Any] | None = None, status: int = 200) -> Response:
    return Response({"msg": msg, "code": code, "params": params}, status=status)


def bad_params(msg: str) -> Refused:
    return Refused(400, "BadParams", msg)


def bad_json(path: str, reasons: dict[str, Any]) -> Refused:
    return Refused(400, "BadJsonBody", f"[{path}] Invalid JSON body", reasons)


def missing(path: str, place: str) -> Refused:
    return bad_json(path, {place: [{"msg": "error.path.missing", "args": []}]})
