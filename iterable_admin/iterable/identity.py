"""How a project names people, and what its type therefore rules out (Iterable fixes the type when a project is created).

One rule for mistakes: a request that is wrong by itself (two identifiers, an impossible userId) is a ValueError where it
is made; one that only this project's type rules out is Unsendable. Nothing is sent in either case.
"""

from __future__ import annotations

from enum import StrEnum

LONGEST_USER_ID = 52


class ProjectType(StrEnum):
    """No endpoint tells it, so it is a setting."""

    EMAIL = "email"
    """Emails are unique; several people may share a userId."""
    USER_ID = "userid"
    """UserIds are unique; several people may share an email, which therefore identifies nobody."""
    HYBRID = "hybrid"
    """Both are unique and either identifies."""


def identity(email: str | None, user_id: str | None) -> dict[str, str]:
    """One identifier, never both: with both, an email-based project overwrites the userId and a hybrid one conflicts."""
    if (email is None) is (user_id is None):
        raise ValueError("name the person by email or by user_id: one of them, not both")
    return {"email": sent_email(email)} if email is not None else {"userId": checked_user_id(user_id or "")}


def sent_email(email: str) -> str:
    """Iterable stores emails lower-cased and answers with them so. Whether one is valid, it judges alone."""
    return email.strip().lower()


def checked_user_id(user_id: str) -> str:
    """UserIds are case-sensitive and go as they are."""
    if not user_id or len(user_id) > LONGEST_USER_ID:
        raise ValueError(f"user_id has 1 to {LONGEST_USER_ID} characters, this one {len(user_id)}")
    if not (user_id.isascii() and user_id.isprintable()) or user_id.endswith(" "):
        raise ValueError("user_id is printable ASCII and does not end with a space")
    return user_id
