"""What went wrong in a call to Iterable, by what the caller can do about it.

IterableError                          carries .call and .code
 ├── Temporary
 │    ├── ServiceBusy      429, 408, 5xx; says when to come back if Iterable did
 │    ├── Unreachable      no connection: surely not received
 │    └── Ambiguous        sent, but no answer that can be read: maybe applied
 ├── Misconfigured
 │    ├── Unauthorised     401: the key, or its rights
 │    ├── Forbidden        403: the key's type, or a feature that the project lacks
 │    └── Misdirected      3xx, or no usable address: the base URL is not that of Iterable's API
 └── Permanent
      ├── NotThere         404: no such thing, or the endpoint's family is not enabled for the project
      ├── Unsendable       no JSON form, or ruled out by the project's type; nothing was sent
      └── Refused          any other 4xx
           ├── Conflicted  409: identities collide, or the person was forgotten
           ├── TooLarge    413: split the batch
           └── WrongTypes  a field's type differs from its first write; names field and value
"""

from __future__ import annotations

from collections.abc import Sequence

from iterable_admin.errors import Misconfigured, Permanent, Problem, Temporary
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.mismatches import FieldMismatch


class IterableError(Problem):
    """`code` is Iterable's word for it, from an open set, and often empty: decide by class and status first."""

    def __init__(self, message: str, call: Call, *, code: str = "") -> None:
        super().__init__(message, call)
        self.message = message
        self.call = call
        self.code = code

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r})"


class ServiceBusy(IterableError, Temporary):
    def __init__(self, message: str, call: Call, *, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, call, code=code)
        self.retry_after = retry_after
        """Seconds from the answer, if Iterable named a time."""


class Unreachable(IterableError, Temporary):
    """Nothing was received: safe to send again, whatever it was."""


class Ambiguous(IterableError, Temporary):
    """It may have been applied: send again only what may be repeated."""


class Unauthorised(IterableError, Misconfigured):
    """Every other call with this key fails as well: stop, because repeated 401s bring 429s elsewhere."""


class Forbidden(IterableError, Misconfigured):
    """Every other call to this endpoint fails as well; other endpoints may be open to the key."""


class Misdirected(IterableError, Misconfigured):
    """Redirects are not followed: that would hand the key to another host."""


class NotThere(IterableError, Permanent):
    """For the subscriptions family: Iterable has not switched it on for this project."""


class Unsendable(IterableError, Permanent):
    """A value has no JSON form (NaN among them: written as null it would delete the field), or the project's type forbids it."""


class Refused(IterableError, Permanent):
    """Iterable read the request and declined it."""


class Conflicted(Refused):
    """Also the answer for a person who was forgotten under GDPR."""


class TooLarge(Refused):
    """Over the limit in bytes (4 MB; then it was not even sent, and the call has no status) or rows."""


class WrongTypes(Refused):
    def __init__(self, message: str, call: Call, *, code: str = "", mismatches: Sequence[FieldMismatch] = ()) -> None:
        super().__init__(message, call, code=code)
        self.mismatches = list(mismatches)
