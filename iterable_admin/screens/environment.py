"""Which installation this is: in words and tone, so that nobody takes staging for production."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Environment:
    word: str
    tone: str
    sentence: str


PRETEND = "Nothing here reaches a real person."
BADGES = {
    "production": Environment("Production", "production", "What is done here reaches real people."),
    "staging": Environment("Staging", "staging", "Only allowed addresses are sent to Iterable."),
    "demo": Environment("Demo", "demo", PRETEND),
    "development": Environment("Development", "demo", PRETEND),
    "test": Environment("Test", "demo", PRETEND),
}


def environment(name: str) -> Environment:
    """One of an unknown name is taken for staging: it is not production, and may still send."""
    return BADGES.get(name) or Environment(name.capitalize(), "staging", BADGES["staging"].sentence)
