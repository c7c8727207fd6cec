"""The only configured client of Iterable."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings

from iterable_admin.errors import Misconfigured
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.redaction import Secret
from iterable_admin.outbox.turns import SharedTurns

CONNECT_SECONDS = 5.0


def connect() -> IterableClient:
    """Every call it makes waits for its turn. Misconfigured when there is no key: then nothing may be sent."""
    if not settings.ITERABLE_API_KEY:
        raise Misconfigured("ITERABLE_API_KEY is not set: give a server-side key of the Iterable project.")
    return _client(
        Secret(settings.ITERABLE_API_KEY),
        settings.ITERABLE_BASE_URL,
        settings.ITERABLE_PROJECT_TYPE,
        settings.ITERABLE_TIMEOUT_SECONDS,
    )


@lru_cache(maxsize=4)
def _client(api_key: Secret, base_url: str, project_type: str, seconds: float) -> IterableClient:
    # Kept for its open connections only.
    timeout = (CONNECT_SECONDS, seconds)
    return IterableClient(api_key, base_url, project_type=project_type, timeout=timeout, limiter=SharedTurns())


def is_loopback(url: str) -> bool:
    """Whether the address is on this machine: a sandbox, from which no mail ever leaves."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
