"""One account of GitLab.com through the month: what the warehouse says of it tonight, and what changes on which night."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from tests.story.shapes import Group, group, live_on, spelt

Change = Callable[["Account"], None]
LATELY = datetime(2026, 3, 20, 9, 30)  # noqa: DTZ001 - the warehouse's timestamps have no zone
HOST = "example.com"


@dataclass
class Account:
    email: str
    user_id: int
    groups: list[Group] | None
    created: datetime = LATELY
    login: datetime | None = LATELY
    there: bool = True
    """Whether GitLab's warehouse has it tonight: blocked and deleted ones vanish."""
    spellings: tuple[str, ...] = ()
    """More rows of the same account tonight, under these addresses."""
    text: str | None = None
    """Instead of the groups: what stands in namespaces_array tonight."""
    lives: bool = False
    script: dict[int, Change] = field(default_factory=dict)

    @property
    def mailbox(self) -> str:
        return self.email.strip().lower()

    def begin(self, night: int, day: date, dice: Random) -> None:
        if self.lives and self.groups and dice.random() < 0.2:
            live_on(self.groups, self.user_id, day, dice)
        if change := self.script.get(night):
            change(self)

    def rows(self, day: date, dice: Random) -> list[dict[str, Any]]:
        if not self.there or self.created.date() >= day:
            return []
        return [self.row(email, dice) for email in (self.email, *self.spellings)]

    def row(self, email: str, dice: Random) -> dict[str, Any]:
        return {
            "dim_marketing_contact_id": f"md5 of {email}",
            "email_address": email,
            "first_name": "Warehouse",
            "last_name": dice.choice(("", None, "Name")),
            "country": "España",
            "gitlab_dotcom_user_id": self.user_id,
            "gitlab_user_name": f"user{self.user_id}",
            "gitlab_dotcom_active_state": "active",
            "gitlab_dotcom_confirmed_date": self.login and self.created,
            "gitlab_dotcom_created_date": self.created,
            "gitlab_dotcom_last_login_date": self.login and self.login + timedelta(hours=dice.randrange(200)),
            "is_pql": dice.random() < 0.5,
            "namespaces_array": self.nested(dice),
        }

    def nested(self, dice: Random) -> str | None:
        if self.text is not None:
            return self.text
        return None if self.groups is None else spelt(self.groups, dice)


def becomes(**changes: Any) -> Change:
    def change(account: Account) -> None:
        for name, value in changes.items():
            setattr(account, name, value)

    return change


def says(place: int = 0, **changes: Any) -> Change:
    """Of one of its groups; None takes a key away."""

    def change(account: Account) -> None:
        assert account.groups
        said = {**account.groups[place], **changes}
        account.groups[place] = {key: value for key, value in said.items() if value is not None}

    return change


def gains(*groups: Group) -> Change:
    def change(account: Account) -> None:
        account.groups = [*(account.groups or []), *groups]

    return change


def loses(place: int) -> Change:
    def change(account: Account) -> None:
        assert account.groups
        del account.groups[place]

    return change


def at_once(*changes: Change) -> Change:
    def change(account: Account) -> None:
        for one in changes:
            one(account)

    return change


class Registry:
    """Hands out user ids, and to each account a group of its own unless it says which."""

    def __init__(self) -> None:
        self.accounts: list[Account] = []

    def add(self, name: str, script: dict[int, Change] | None = None, **said: Any) -> Account:
        user_id = said.pop("user_id", 100_000 + len(self.accounts))
        groups = said.pop("groups", [group(60_000_000 + len(self.accounts), user_id)])
        email = name if "@" in name or " " in name else f"{name}@{HOST}"
        account = Account(email, user_id, groups, script=script or {}, **said)
        self.accounts.append(account)
        return account
