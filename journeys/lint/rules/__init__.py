"""The rules, by what they look at. Importing registers them."""

from __future__ import annotations

from journeys.lint.rules import changes, content, counted, definitions, entries, silences, subscriptions, upkeep, withdrawals

__all__ = ["changes", "content", "counted", "definitions", "entries", "silences", "subscriptions", "upkeep", "withdrawals"]
