"""System checks of the warehouse's settings, which the warehouse takes from the environment itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's own name

from iterable_admin.warehouse.errors import INSTALL
from iterable_admin.warehouse.snowflake_settings import faults, holds_password
from iterable_admin.warehouse.source import FORMS, SCHEMES, scheme_of

CODES = {
    "WAREHOUSE_URL": "E031",
    "SNOWFLAKE_TOKEN": "E032",
    "SNOWFLAKE_PRIVATE_KEY": "E033",
    "SNOWFLAKE_STATEMENT_TIMEOUT": "E034",
    "SNOWFLAKE_QUERY_TAG": "E035",
}


def warehouse() -> Iterator[CheckMessage]:
    scheme = scheme_of(settings.WAREHOUSE_URL)
    if scheme not in SCHEMES:
        # The URL itself is not shown: it may hold a password.
        yield Error("WAREHOUSE_URL names no known warehouse.", hint=f"Write {FORMS}.", id="iterable_admin.E016")
    if scheme == "snowflake":
        yield from snowflake()


def snowflake() -> Iterator[CheckMessage]:
    if not is_installed("snowflake") or not is_installed("snowflake.connector"):
        said = "WAREHOUSE_URL names Snowflake, whose connector is not installed."
        yield Error(said, hint=INSTALL, id="iterable_admin.E037")
    for fault in faults(settings.WAREHOUSE_URL, os.environ):
        yield Error(fault.said, hint=fault.mend, id=f"iterable_admin.{CODES[fault.setting]}")
    if holds_password(settings.WAREHOUSE_URL):
        mend = "Set SNOWFLAKE_PRIVATE_KEY_FILE or SNOWFLAKE_TOKEN instead, and take the password out."
        yield Warning("WAREHOUSE_URL holds a password.", hint=mend, id="iterable_admin.W036")


def is_installed(package: str) -> bool:
    """Without importing it, which takes a second of every command."""
    return find_spec(package) is not None
