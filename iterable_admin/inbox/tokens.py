"""Tokens of sources: made once, shown once, kept as a SHA-256, compared in constant time."""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from iterable_admin.errors import Permanent
from iterable_admin.inbox import access_tokens
from iterable_admin.inbox.models import Source, SourceToken

PREFIX = "ita_"
PREFIX_LENGTH = 12
ACTIVE_AT_A_TIME = 2
# A busy source would otherwise write its token's row with every request.
LAST_USED_PRECISION = timedelta(minutes=5)


def digest(token: str) -> str:
    # 256 random bits need no slow hash: there is nothing to guess.
    return sha256(token.encode()).hexdigest()


@transaction.atomic
def create_token(source: Source) -> str:
    """A new token for `source`, in clear for this once. Permanent when two are active already: revoke one first."""
    Source.objects.select_for_update().get(pk=source.pk)
    if source.tokens.filter(revoked_at=None).count() >= ACTIVE_AT_A_TIME:
        raise Permanent(f"{source} has {ACTIVE_AT_A_TIME} active tokens already: revoke the old one first.")
    token = PREFIX + secrets.token_urlsafe(32)
    SourceToken.objects.create(source=source, prefix=token[:PREFIX_LENGTH], digest=digest(token))
    return token


def revoke_token(token: SourceToken) -> None:
    SourceToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())


# By hand, because every request runs it, and the ORM takes longer to write this than the database to answer.
FIND = """SELECT source.*, token.id AS token_id, token.digest AS token_digest, token.last_used_at AS token_last_used_at,
EXISTS (SELECT 1 FROM inbox_sourcesecret AS secret WHERE secret.source_id = source.id AND secret.removed_at IS NULL) AS signs
FROM inbox_sourcetoken AS token JOIN inbox_source AS source ON source.id = token.source_id
WHERE token.{column} = %s AND token.revoked_at IS NULL AND source.active"""
FIND_BY_PREFIX, FIND_BY_ID = FIND.format(column="prefix"), FIND.format(column="id")


def find_source(token: str) -> Source | None:
    """The active source that `token` or the short-lived one that was got with it belongs to.

    Its `signs` says whether its calls have to be signed; its scopes are those of the token.
    """
    # Decoded from base64 or a form it may hold a NUL character, which PostgreSQL does not even compare.
    if "\0" in token:
        return None
    return _find_by_access(token) if token.startswith(access_tokens.PREFIX) else _find_by_token(token)


def _find_by_access(token: str) -> Source | None:
    """Neither outlives the token that it was got with, nor may it do what the source may no longer do."""
    access = access_tokens.read(token)
    found = next(iter(Source.objects.raw(FIND_BY_ID, [access.token_id])), None) if access else None
    if found is None or access is None:
        return None
    # Of this caller alone: nobody saves what was found here.
    found.scopes = [scope for scope in found.scopes if scope in access.scopes]
    return found


def _find_by_token(token: str) -> Source | None:
    found = next(iter(Source.objects.raw(FIND_BY_PREFIX, [token[:PREFIX_LENGTH]])), None)
    kept: str = getattr(found, "token_digest", digest(""))
    # Compared even when no row was found, so that the time taken tells nothing.
    if not hmac.compare_digest(kept, digest(token)) or found is None:
        return None
    _note_use(found.token_id, found.token_last_used_at)  # type: ignore[attr-defined] # columns of FIND
    return found


def _note_use(token_id: int, last_used_at: datetime | str | None) -> None:
    now = timezone.now()
    # SQLite hands a column that no model field reads as text.
    before = parse_datetime(last_used_at) if isinstance(last_used_at, str) else last_used_at
    if before and not before.tzinfo:
        before = before.replace(tzinfo=UTC)
    if before is None or before < now - LAST_USED_PRECISION:
        SourceToken.objects.filter(pk=token_id).update(last_used_at=now)
