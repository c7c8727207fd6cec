"""From an HTTP answer to an error, or to what it says: the status decides first, the code only refines.

A 401 may carry the code "Success", and codes outside the documented set occur.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from iterable_admin.iterable import errors
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.envelope import Envelope, is_html, parse_object, read_envelope
from iterable_admin.iterable.mismatches import FieldMismatch, parse_mismatches
from iterable_admin.iterable.redaction import redact
from iterable_admin.iterable.retry import seconds_to_wait

TRY_LATER = {408, 429}


@dataclass(frozen=True, slots=True)
class Answer:
    call: Call
    status: int
    text: str
    retry_after: str | None = None

    def json(self) -> dict[str, Any]:
        """The JSON object of a success; a success that cannot be read proves nothing."""
        found = parse_object(self.text)
        if found is None:
            raise errors.Ambiguous(f"{self.status} without Iterable's JSON ({at(self.call)})", self.call)
        return found


def at(call: Call) -> str:
    request = f", request {call.request_id}" if call.request_id else ""
    return f"{call.method} {call.endpoint}{request}"


def error_of(answer: Answer, secret: str) -> errors.IterableError | None:
    """None for a success, 202 (accepted) as good as 200."""
    envelope = read_envelope(answer.text)
    code = redact(envelope.code, secret)[:100]
    message = f"{' '.join(filter(None, (str(answer.status), code)))}: {redact(envelope.message, secret)} ({at(answer.call)})"
    if 200 <= answer.status < 300:
        return errors.Ambiguous(message, answer.call) if is_html(answer.text) else None
    if answer.status in TRY_LATER or answer.status >= 500:
        wait = seconds_to_wait(answer.retry_after, answer.call.started_at)
        return errors.ServiceBusy(message, answer.call, code=code, retry_after=wait)
    if answer.status == 400 and code == "RequestFieldsTypesMismatched":
        return errors.WrongTypes(message, answer.call, code=code, mismatches=_mismatches(envelope))
    return _class_of(answer.status, code)(message, answer.call, code=code)


def _mismatches(envelope: Envelope) -> list[FieldMismatch]:
    return parse_mismatches(envelope.params.get("validationErrors"))


def _class_of(status: int, code: str) -> type[errors.IterableError]:
    if status < 400:
        return errors.Misdirected
    if status == 413 or (status == 400 and code == "BatchTooLarge"):
        return errors.TooLarge
    by_status: dict[int, type[errors.IterableError]] = {
        401: errors.Unauthorised,
        403: errors.Unauthorised,
        404: errors.NotThere,
        409: errors.Conflicted,
    }
    return by_status.get(status, errors.Refused)
