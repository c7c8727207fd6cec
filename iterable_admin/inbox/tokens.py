"""Tokens of sources: made once, shown once, kept as a SHA-256, compared in constant time."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from iterable_admin.errors import Permanent
from iterable_admin.inbox.models import Source, SourceToken

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
    token = "ita_" + secrets.token_urlsafe(32)
    SourceToken.objects.create(source=source, prefix=token[:PREFIX_LENGTH], digest=digest(token))
    return token


def revoke_token(token: SourceToken) -> None:
    SourceToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())


def find_source(token: str) -> Source | None:
    """The active source that `token` belongs to."""
    row = (
        SourceToken.objects.select_related("source")
        .filter(prefix=token[:PREFIX_LENGTH], revoked_at=None, source__active=True)
        .first()
    )
    # Compared even when no row was found, so that the time taken tells nothing.
    matches = hmac.compare_digest(row.digest if row else digest(""), digest(token))
    if row is None or not matches:
        return None
    _note_use(row)
    return row.source


def _note_use(row: SourceToken) -> None:
    now = timezone.now()
    if row.last_used_at is None or row.last_used_at < now - LAST_USED_PRECISION:
        stale = Q(last_used_at=None) | Q(last_used_at=row.last_used_at)
        SourceToken.objects.filter(stale, pk=row.pk).update(last_used_at=now)
