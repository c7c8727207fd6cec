"""What only a warehouse can say went wrong."""

from __future__ import annotations

from iterable_admin.errors import Misconfigured

INSTALL = "Install it: pip install snowflake-connector-python==4.8.1 (requirements.txt pins it)."


class CredentialsExpired(Misconfigured):
    """The warehouse no longer takes who we say we are: no run works until somebody renews it."""
