"""Thirty nights of a warehouse, the same for the same seed, and what happens by day around them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from pathlib import Path
from random import Random
from typing import Any

import duckdb

from iterable_admin.warehouse.marketing_contacts import COLUMNS
from iterable_admin.warehouse.marketing_contacts import PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL as NAME
from tests.story import cast
from tests.story.accounts import Account
from tests.story.oracle import window_start

# Its window starts on 28 February for three nights running.
FIRST = date(2026, 4, 2)
NIGHTS = 30
RUNS_AT, DAY_BREAKS_AT = time(2, 15), time(10)

Row = dict[str, Any]


class Trouble(Enum):
    NO_FILE = "the source is missing"
    EMPTY = "the source is empty"
    ERRORS = "Iterable answers 500 for a while"
    STORM = "Iterable answers 429 for a while"
    ONE_REFUSED = "Iterable refuses one row of a batch"
    KEY_REFUSED = "Iterable refuses the key"


TROUBLES = {
    4: Trouble.NO_FILE,
    17: Trouble.EMPTY,
    18: Trouble.ERRORS,
    20: Trouble.STORM,
    22: Trouble.ONE_REFUSED,
    24: Trouble.KEY_REFUSED,
    # Nobody mends it until the day after.
    25: Trouble.KEY_REFUSED,
}
STOPS = (Trouble.NO_FILE, Trouble.EMPTY)

# By day, after the night of the same number: what is done, to whom.
EVENT, MADE, FORGOTTEN, UNSUBSCRIBED = "event", "made", "forgotten", "unsubscribed"
DELETED, KEY_MENDED = "deleted", "key mended"
DAYS = {
    6: [(UNSUBSCRIBED, cast.UNSUBSCRIBED), (UNSUBSCRIBED, cast.STRANGER)],
    8: [(DELETED, cast.DELETED_IN_ITERABLE)],
    9: [(FORGOTTEN, cast.ERASED), (FORGOTTEN, cast.ERASED_AND_MOVED)],
    11: [(EVENT, cast.BY_EVENT), (EVENT, cast.ERASED)],
    13: [(MADE, cast.MADE_LATER), (MADE, cast.MADE_BEFORE_FIRST_SEEN)],
    20: [(MADE, cast.DELETED_IN_ITERABLE)],
    25: [(KEY_MENDED, "")],
}
BY_EVENT_FIELDS = {"firstName": "Eve", "company": "Fictional Company", "companyNamespace": True, "userRole": "other"}
UNKNOWN = (
    *(cast.BY_EVENT, cast.MADE_LATER, cast.MADE_BEFORE_FIRST_SEEN, cast.MOVES_UNKNOWN),
    *("enterprise.unknown@example.com", "not-an-address at all", "jürgen@example.com"),
    *(f"stranger{number}@example.com" for number in range(14)),
)


class Standing(Enum):
    """Why a row cannot be sent, or that it can."""

    GOOD = "good"
    NO_ADDRESS = "no address"
    SAME_MAILBOX = "two rows of one mailbox"
    TWO_ADDRESSES = "one user under two addresses"
    UNREADABLE = "unreadable"
    NEVER_LOGGED_IN = "never logged in"
    WITHOUT_NAMESPACE = "without namespace"


@dataclass(frozen=True)
class Told:
    """One row, and what the generator knows of it."""

    row: Row
    mailbox: str
    user_id: int
    standing: Standing


@dataclass
class Night:
    number: int
    day: date
    told: list[Told]
    trouble: Trouble | None = None
    acts: list[tuple[str, str]] = field(default_factory=list)

    @property
    def rows(self) -> list[Row]:
        return [told.row for told in self.told]

    @property
    def in_window(self) -> list[Told]:
        return [told for told in self.told if told.row["gitlab_dotcom_created_date"] >= window_start(self.day)]

    def at(self, clock: time) -> datetime:
        return datetime.combine(self.day, clock, tzinfo=UTC)


def at_the_start() -> dict[str, dict[str, Any]]:
    """The profiles that Iterable has: all but the unknown, and some that the warehouse never has."""
    known = {account.mailbox for account in cast.everybody(Random(0)).accounts} - set(UNKNOWN)
    return {email: first_fields(email) for email in sorted({*known, "one.user.b@example.com", *cast.NOT_IN_WAREHOUSE})}


def first_fields(email: str) -> dict[str, Any]:
    return {"firstName": f"Own {email.partition('@')[0]}", "signupReason": "I want to explore GitLab"}


def month(seed: int) -> list[Night]:
    dice = Random(seed)
    accounts = cast.everybody(dice).accounts
    return [_night(number, accounts, dice) for number in range(1, NIGHTS + 1)]


def _night(number: int, accounts: Iterable[Account], dice: Random) -> Night:
    day = FIRST + timedelta(days=number - 1)
    told = []
    for account in accounts:
        account.begin(number, day, dice)
        told += [
            Told(row, row["email_address"].strip().lower(), account.user_id, standing(account)) for row in account.rows(day, dice)
        ]
    dice.shuffle(told)
    return Night(number, day, told, TROUBLES.get(number), DAYS.get(number, []))


def standing(account: Account) -> Standing:
    if "@" not in account.email:
        return Standing.NO_ADDRESS
    if account.spellings:
        same = account.spellings[0].lower() == account.mailbox
        return Standing.SAME_MAILBOX if same else Standing.TWO_ADDRESSES
    if account.text is not None or not all(_fits(group) for group in account.groups or []):
        return Standing.UNREADABLE
    if account.login is None:
        return Standing.NEVER_LOGGED_IN
    return Standing.GOOD if account.groups else Standing.WITHOUT_NAMESPACE


def _fits(group: dict[str, Any]) -> bool:
    return "NAMESPACE_ID" in group and group.get("CURRENT_MEMBER_COUNT") != "many"


TYPES = {"gitlab_dotcom_user_id": "DECIMAL(38, 0)", "gitlab_dotcom_email_opted_in": "BOOLEAN", "is_pql": "BOOLEAN"}
TIMES = {name for name in COLUMNS if name.endswith("_date")} | {"last_changed"}


def write_file(path: Path, night: Night) -> None:
    """As the night's trouble has it. The arrays are text, so that one of them may be no JSON."""
    path.unlink(missing_ok=True)
    if night.trouble is Trouble.NO_FILE:
        return
    columns = ", ".join(f"{name} {TYPES.get(name, 'TIMESTAMP' if name in TIMES else 'VARCHAR')}" for name in COLUMNS)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE {NAME} ({columns})")
        if night.trouble is not Trouble.EMPTY:
            marks = ", ".join("?" * len(COLUMNS))
            rows = [[row.get(name) for name in COLUMNS] for row in night.rows]
            connection.executemany(f"INSERT INTO {NAME} VALUES ({marks})", rows)
