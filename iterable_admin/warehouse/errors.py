"""What only a warehouse can say went wrong."""

from __future__ import annotations

from iterable_admin.errors import Misconfigured


class CredentialsExpired(Misconfigured):
    """The warehouse no longer takes who we say we are: no run works until somebody renews it."""
