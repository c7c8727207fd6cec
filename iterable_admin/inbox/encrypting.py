"""Encrypt what has to be had in clear again: with the newest of SECRETS_KEYS; each of them decrypts."""

from __future__ import annotations

import base64
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from iterable_admin.errors import Misconfigured

UNREADABLE = "A secret cannot be decrypted: SECRETS_KEYS lacks the key that encrypted it. Add it, behind the newest."


def encrypt(text: str) -> str:
    """Misconfigured without a key."""
    return _box(tuple(settings.SECRETS_KEYS)).encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """Misconfigured where no key fits."""
    try:
        return _box(tuple(settings.SECRETS_KEYS)).decrypt(encrypted.encode()).decode()
    except InvalidToken:
        raise Misconfigured(UNREADABLE) from None


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise Misconfigured("SECRETS_KEYS is not set: without a key no secret can be kept.")
    # Any text serves as a key; a check asks for enough of it.
    return MultiFernet([Fernet(base64.urlsafe_b64encode(sha256(key.encode()).digest())) for key in keys])
