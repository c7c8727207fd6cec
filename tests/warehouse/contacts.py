"""The rows of the shipped query as the sync's own readers take them, for tests that look at whole people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iterable_admin.warehouse.marketing_contacts import (
    CONTACTS_IN_WINDOW,
    READ_COLUMNS,
    Namespace,
    naive_utc,
    python_values,
    read_namespaces,
)
from iterable_admin.warehouse.source import Source

QUERY = f"{CONTACTS_IN_WINDOW} ORDER BY lower(email_address), email_address"


@dataclass(frozen=True, slots=True)
class MarketingContact:
    contact_id: str
    email_address: str
    first_name: str | None
    last_name: str | None
    country: str | None
    company_name: str | None
    job_title: str | None
    gitlab_user_id: int
    user_name: str | None
    active_state: str | None
    confirmed_at: datetime | None
    created_at: datetime
    last_login_at: datetime | None
    opted_in: bool | None
    is_pql: bool
    max_trial_start: datetime | None
    namespaces: list[Namespace] | None
    unreadable: str | None = None
    """Why the namespaces could not be read; one such row is that person's failure, not the run's."""


def read_contacts(source: Source, window_start: datetime) -> Iterator[MarketingContact]:
    for batch in source.batches(QUERY, {"window_start": naive_utc(window_start)}):
        for values in zip(*map(python_values, batch.columns), strict=True):
            yield contact_of(dict(zip(READ_COLUMNS, values, strict=True)))


def contact_of(values: dict[str, Any]) -> MarketingContact:
    values["namespaces"], values["unreadable"] = read_namespaces(values["namespaces"])
    return MarketingContact(**values)
