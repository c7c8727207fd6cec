"""Who has the say on a profile field: what events told, or what the sync reads."""

from __future__ import annotations

from contacts.models import FieldPrecedence


def fields_that_events_own() -> set[str]:
    """The sync leaves them alone where an event has told a value."""
    return _owned_by(FieldPrecedence.Winner.EVENT)


def fields_that_the_sync_owns() -> set[str]:
    """No event writes them to the profile; they stay in the event's own data."""
    return _owned_by(FieldPrecedence.Winner.SYNC)


def _owned_by(winner: FieldPrecedence.Winner) -> set[str]:
    return set(FieldPrecedence.objects.filter(winner=winner).values_list("field", flat=True))
