"""From an HTTP answer to an error, or to what it says: the status decides first, the code only refines.

A 401 may carry the code "Success", and codes outside the documented set occur.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from iterable_admin.iterable import errors
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.envelope import Envelope, is_html, parse_object, read_envelope, told_by
from iterable_admin.iterable.mismatches import FieldMismatch, parse_mismatches
from iterable_admin.iterable.redaction import redact, redact_all
from iterable_admin.iterable.retry import seconds_to_wait

TRY_LATER = {408, 429}
LONGEST_CODE = 100
LONGEST_MESSAGE = 500

CHECK_KEY = ". Check ITERABLE_API_KEY: its project and data centre, that it is a server-side key, and its permissions."
CHECK_URL = ". Check ITERABLE_BASE_URL: Iterable's API does not redirect."
CHECK_RIGHTS = ". The key is good, yet not for this: check its type and permissions, and whether the project has the feature."
MENDS = {401: CHECK_KEY, 403: CHECK_RIGHTS} | dict.fromkeys((301, 302, 303, 307, 308), CHECK_URL)


@dataclass(frozen=True, slots=True)
class Answer:
    call: Call
    status: int
    text: str = field(repr=False)
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
    success = 200 <= answer.status < 300
    if success and not is_html(answer.text):
        return None
    envelope = read_envelope(answer.text)
    code = redact(envelope.code, secret)[:LONGEST_CODE]
    message = _message(answer, code, redact(told_by(envelope), secret)[:LONGEST_MESSAGE])
    if success:
        # A login page of some proxy in between: Iterable itself may have received nothing.
        return errors.Ambiguous(message, answer.call)
    if answer.status in TRY_LATER or answer.status >= 500:
        return errors.ServiceBusy(message, answer.call, code=code, retry_after=_asked_wait(answer))
    if answer.status == 400 and code == "RequestFieldsTypesMismatched":
        return errors.WrongTypes(message, answer.call, code=code, mismatches=_mismatches(envelope, secret))
    return _class_of(answer.status, code)(message, answer.call, code=code)


def _message(answer: Answer, code: str, text: str) -> str:
    head = " ".join(filter(None, (str(answer.status), code)))
    said = ": ".join(filter(None, (head, text)))
    return f"{said} ({at(answer.call)}){MENDS.get(answer.status, '')}"


def _asked_wait(answer: Answer) -> float | None:
    answered_at = answer.call.started_at + timedelta(seconds=answer.call.duration)
    return seconds_to_wait(answer.retry_after, answered_at)


def _mismatches(envelope: Envelope, secret: str) -> list[FieldMismatch]:
    return parse_mismatches(redact_all(envelope.params.get("validationErrors"), secret))


def _class_of(status: int, code: str) -> type[errors.IterableError]:
    if status < 400:
        return errors.Misdirected
    by_status: dict[int, type[errors.IterableError]] = {
        401: errors.Unauthorised,
        403: errors.Forbidden,
        404: errors.NotThere,
        409: errors.Conflicted,
        413: errors.TooLarge,
    }
    return by_status.get(status, errors.TooLarge if code == "BatchTooLarge" else errors.Refused)
