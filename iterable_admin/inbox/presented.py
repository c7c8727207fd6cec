"""The tokens that a request presents, by the header in which they stand."""

from __future__ import annotations

from collections.abc import Mapping

Headers = Mapping[str, str]
KEY = "X-Api-Key"


def authorization_in(headers: Headers) -> tuple[str, str]:
    """The scheme in lower case, and what stands behind it."""
    scheme, _, rest = headers.get("Authorization", "").strip().partition(" ")
    return scheme.lower(), rest.strip()


def bearer_in(headers: Headers) -> str:
    scheme, token = authorization_in(headers)
    return token if scheme == "bearer" else ""


def key_in(headers: Headers, *names: str) -> str:
    """Of the first of these headers that holds one."""
    return next((key for name in names if (key := headers.get(name, "").strip())), "")
