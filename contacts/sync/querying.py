"""What a definition's query may be, and what it is given: the beginning of the window, as $window_start."""

from __future__ import annotations

from django.conf import settings

from contacts.sync.models import SyncRun
from iterable_admin.errors import Permanent
from iterable_admin.warehouse.binding import listed, named
from iterable_admin.warehouse.marketing_contacts import naive_utc
from iterable_admin.warehouse.query import check_query
from iterable_admin.warehouse.source import dialect_of

WINDOW_START = "window_start"
UNKNOWN_NAME = "The query names {unknown}, and the only name that a sync gives a value is $window_start. Correct the name."


def check_query_of_sync(query: str) -> None:
    """Permanent for what would be refused, or lack a value, once it runs."""
    dialect = dialect_of(settings.WAREHOUSE_URL)
    check_query(query, dialect)
    if unknown := named(query, dialect) - {WINDOW_START}:
        raise Permanent(UNKNOWN_NAME.format(unknown=listed(unknown)))


def parameters(run: SyncRun) -> dict[str, object]:
    asks = WINDOW_START in named(run.definition.query, dialect_of(settings.WAREHOUSE_URL))
    return {WINDOW_START: naive_utc(run.window_start)} if asks else {}
