"""What goes wrong at the source of rows, where the caller has to tell it from other things."""

from __future__ import annotations

from iterable_admin.errors import Misconfigured


class CredentialsExpired(Misconfigured):
    """The source does not take our credentials, or does no longer: nothing can be read until they are renewed."""
