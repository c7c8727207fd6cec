"""Short-lived tokens: signed with SECRET_KEY, so that none is kept; each is worth no more than the token it was got with."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.signing import BadSignature, TimestampSigner

PREFIX = "itb_"
LIVES_SECONDS = 3600
SALT = "iterable_admin.inbox.access_tokens"


@dataclass(frozen=True, slots=True)
class Access:
    """By which token of a source it was got, and what it may do at most."""

    token_id: int
    scopes: tuple[str, ...]


def issue(access: Access) -> str:
    return PREFIX + _signer().sign_object([access.token_id, *access.scopes])


def read(token: str) -> Access | None:
    """None if it is not ours, or too old."""
    try:
        token_id, *scopes = _signer().unsign_object(token.removeprefix(PREFIX), max_age=LIVES_SECONDS)
    # ValueError: signed and yet unreadable, as nothing of ours is.
    except (BadSignature, ValueError):
        return None
    return Access(int(token_id), tuple(map(str, scopes)))


def _signer() -> TimestampSigner:
    # A bearer token may hold a dot, but no colon.
    return TimestampSigner(salt=SALT, sep=".")
