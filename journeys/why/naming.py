"""Which journey is meant, and what is said where it is not described."""

from __future__ import annotations

from journeys.models import Journey

NOT_DESCRIBED = "{} is not described here yet: write down its entry, conditions and steps first."


def journey_named(told: str) -> Journey | None:
    """By our id, by Iterable's workflow id, or by name."""
    if told.isascii() and told.isdecimal() and len(told) < len(str(2**63)):
        by_number = Journey.objects.filter(pk=int(told)).first() or Journey.objects.filter(workflow_id=int(told)).first()
        if by_number:
            return by_number
    return Journey.objects.filter(name__iexact=told.strip()).order_by("pk").first()
