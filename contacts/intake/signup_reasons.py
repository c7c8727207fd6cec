"""Why somebody signed up: GitLab sends a slug, forms show a long label, Iterable holds a short label."""

from __future__ import annotations

from typing import Any

from contacts.intake.reading import Reading, read_text

# slug: (short label, full label). The short labels of `exploring` and `ci` are the instance's own.
REASONS = {
    "basics": ("I want to learn the basics of Git", "I want to learn the basics of Git"),
    "move_repository": (
        "I want to move my repository to GitLab",
        "I want to move my repository to GitLab from somewhere else",
    ),
    "code_storage": ("I want to store my code", "I want to store my code"),
    "exploring": ("I want to explore GitLab", "I want to explore GitLab to see if it's worth switching to"),
    "ci": ("I want to use GitLab CI", "I want to use GitLab CI with my existing repository"),
    "other": ("A different reason", "A different reason"),
    "joining_team": ("I'm joining my team", "I'm joining my team who's already on GitLab"),
}

# Apostrophes are typographic in some versions of the form and straight in others.
_STRAIGHT = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u00b4": "'", "`": "'", "\u00a0": " "})
_OPENINGS = ("i want to ", "i'm ", "i am ")


def read_signup_reason(value: Any) -> Reading:
    text, flag = read_text(value)
    if text is None:
        return None, flag
    known = _BY_SPELLING.get(text) or _BY_SPELLING.get(_folded(text)) or _by_beginning(_folded(text))
    return (known, "") if known else (text, "unknown sign-up reason, kept as received")


def _folded(label: str) -> str:
    """Without case, doubled blanks, the end's dots, and "I want to"."""
    folded = " ".join(label.translate(_STRAIGHT).casefold().split()).rstrip(".\u2026 ")
    for opening in _OPENINGS:
        folded = folded.removeprefix(opening)
    return folded


def _by_beginning(folded: str) -> str | None:
    """A full label that was cut somewhere after its short form."""
    for short, full in REASONS.values():
        if folded.startswith(_folded(short)) and _folded(full).startswith(folded):
            return short
    return None


def _index() -> dict[str, str]:
    index = {slug: short for slug, (short, _) in REASONS.items()}
    for short, full in REASONS.values():
        index |= {short: short, _folded(short): short, _folded(full): short}
    return index


_BY_SPELLING = _index()
