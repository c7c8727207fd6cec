"""What sources sign with, after the Standard Webhooks scheme: made here, shown once, kept encrypted."""

from __future__ import annotations

import base64
import secrets

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from iterable_admin.errors import Misconfigured, Permanent
from iterable_admin.inbox.encrypting import decrypt, encrypt
from iterable_admin.inbox.models import Source, SourceSecret
from iterable_admin.inbox.tokens import ACTIVE_AT_A_TIME

PREFIX = "whsec_"
# The scheme asks for 24 to 64.
BYTES = 32


@transaction.atomic
def create_secret(source: Source) -> str:
    """A new secret of `source`, in clear for this once. Permanent when two are active already: remove one first."""
    Source.objects.select_for_update().get(pk=source.pk)
    if source.secrets.filter(removed_at=None).count() >= ACTIVE_AT_A_TIME:
        raise Permanent(f"{source} has {ACTIVE_AT_A_TIME} active secrets already: remove the old one first.")
    secret = PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()
    SourceSecret.objects.create(source=source, encrypted=encrypt(secret))
    return secret


def remove_secret(secret: SourceSecret) -> None:
    SourceSecret.objects.filter(pk=secret.pk, removed_at=None).update(removed_at=timezone.now(), encrypted="")


def secrets_of(source: Source) -> list[str]:
    """In clear, the newest first. Misconfigured where a key is missing."""
    return [decrypt(secret.encrypted) for secret in active_secrets().filter(source=source)]


def active_secrets() -> QuerySet[SourceSecret]:
    return SourceSecret.objects.filter(removed_at=None).order_by("-pk")


def is_readable(secret: SourceSecret) -> bool:
    try:
        decrypt(secret.encrypted)
    except Misconfigured:
        return False
    return True
