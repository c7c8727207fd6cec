"""Of a row `e` of the events: when it happened, and whether it counts."""

from __future__ import annotations

from contacts.consent.resolver.conditions import Sql

AT = "COALESCE(e.occurred_at, e.received_at)"


def performed(name: str) -> Sql:
    """Neither rejected nor a repeat."""
    return "e.name = %s AND e.state <> 'rejected' AND e.duplicate_of_id IS NULL", (name,)
