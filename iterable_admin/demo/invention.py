"""Invented people with the awkward cases real ones bring, each in a known share, and all the same on every run."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import md5
from random import Random

from dateutil.relativedelta import relativedelta

from iterable_admin.demo.invented_namespaces import INPUTS, WORDS, Namespace, Namespaces

JOHN_DOE = "john.doe@example.com"
WINDOW_MONTHS = 2
Row = dict[str, object]

# Who of the numbered people shows a case: every `step`th, from `first` on. Person 0 is John Doe and shows none.
CASES = {
    "never logged in": (25, 4),
    "never confirmed": (50, 4),
    "subgroup member only": (20, 5),
    "empty array": (40, 6),
    "two trial types": (15, 8),
    "hundreds of namespaces": (1_250, 1_244),
    "unicode name": (12, 11),
    "emoji name": (60, 10),
    "one-word name": (40, 18),
    "no name": (100, 22),
    "unknown company": (30, 12),
    "odd company": (30, 14),
    "odd country": (30, 16),
    "mixed-case address": (40, 13),
    "case twin": (600, 15),
    "plus address": (33, 17),
    "non-ASCII address": (500, 21),
    "trailing blank": (1_000, 24),
}


def shows(case: str, n: int) -> bool:
    step, first = CASES[case]
    return n % step == first


def is_older(n: int) -> bool:
    """Three in ten are older than the window, and one that missed it by a millisecond."""
    return n % 10 >= 7 or n == 2


def invent_people(today: date, people: int, seed: int) -> Iterator[Row]:
    world = World(today, Random(seed))  # noqa: S311 - repeatable on purpose
    yield finished(world.john_doe(), today)
    for n in range(1, people):
        yield finished(world.person(n), today)


def finished(row: Row, today: date) -> Row:
    contact_id = md5(str(row["email_address"]).encode(), usedforsecurity=False).hexdigest()
    business = json.dumps(row, default=str, ensure_ascii=False)
    row["dim_marketing_contact_id"] = contact_id
    row["prev_hash"] = md5(business.encode(), usedforsecurity=False).hexdigest()
    row["last_changed"] = datetime.combine(today, time(5)) - timedelta(days=1)
    return row


@dataclass
class World:
    today: date
    rng: Random
    taken: set[str] = field(default_factory=lambda: {JOHN_DOE})
    previous_address: str = JOHN_DOE

    def __post_init__(self) -> None:
        self.midnight = datetime.combine(self.today, time())
        self.window_start = self.midnight - relativedelta(months=WINDOW_MONTHS)
        self.namespaces = Namespaces(self.midnight, self.rng)

    def john_doe(self) -> Row:
        namespace = json.loads((INPUTS / "namespace_123456.json").read_text(encoding="utf-8"))
        created = self.midnight - timedelta(days=10, hours=6)
        return {
            "email_address": JOHN_DOE,
            "first_name": "John",
            "last_name": "Doe",
            "country": "United States",
            "company_name": "Fictional Company",
            "job_title": "Product Designer",
            "gitlab_dotcom_user_id": namespace["USER_ID"],
            "gitlab_user_name": "john.doe",
            **account(created, created + timedelta(minutes=3), self.midnight - timedelta(days=1)),
            "gitlab_dotcom_email_opted_in": True,
            "is_pql": False,
            **nested([namespace]),
        }

    def person(self, n: int) -> Row:
        first, last = self.name(n)
        user_id, created = 20_000_000 + 7 * n, self.created(n)
        return {
            "email_address": self.address(n, first, last),
            "first_name": first,
            "last_name": last,
            **self.background(n),
            "gitlab_dotcom_user_id": user_id,
            "gitlab_user_name": f"{ascii_only(first or '') or 'user'}{n}",
            **self.logins(n, created),
            "gitlab_dotcom_email_opted_in": self.rng.choice((True, False, None)),
            "is_pql": self.rng.random() < 0.05,
            **nested(self.memberships(n, user_id, created)),
        }

    def name(self, n: int) -> tuple[str | None, str | None]:
        if shows("no name", n):
            return None, None
        if shows("unicode name", n):
            first, last = self.rng.choice(WORDS["unicode"])
        elif shows("emoji name", n):
            first, last = self.rng.choice(WORDS["emoji"])
        else:
            first, last = self.rng.choice(WORDS["first"]), self.rng.choice(WORDS["last"])
        return first, "" if shows("one-word name", n) else last

    def background(self, n: int) -> Row:
        company = self.rng.choice([*WORDS["companies"], None])
        if shows("unknown company", n):
            company = "[[unknown]]"
        elif shows("odd company", n):
            company = self.rng.choice(WORDS["odd_companies"])
        countries = WORDS["odd_countries"] if shows("odd country", n) else [*WORDS["countries"], None]
        jobs = [*WORDS["jobs"], None]
        return {
            "country": self.rng.choice(countries),
            "company_name": company,
            "job_title": self.rng.choice(jobs),
        }

    def created(self, n: int) -> datetime:
        if n in (1, 2):  # the two sides of the window's edge
            return self.window_start - timedelta(milliseconds=n - 1)
        if is_older(n):
            return self.window_start - timedelta(seconds=self.rng.randrange(86_400, 700 * 86_400))
        length = int((self.midnight - self.window_start).total_seconds())
        return self.window_start + timedelta(seconds=self.rng.randrange(60, length))

    def logins(self, n: int, created: datetime) -> Row:
        confirmed = None if shows("never confirmed", n) else created + timedelta(minutes=self.rng.randrange(1, 90))
        seconds = int((self.midnight + timedelta(hours=4) - created).total_seconds())
        login = None if shows("never logged in", n) else created + timedelta(seconds=self.rng.randrange(1, seconds))
        return account(created, confirmed, login)

    def memberships(self, n: int, user_id: int, created: datetime) -> list[Namespace] | None:
        if shows("subgroup member only", n):
            return None
        if shows("empty array", n):
            return []
        count = 300 + n // 50 if shows("hundreds of namespaces", n) else self.rng.choice((1, 1, 1, 1, 1, 2, 2, 3, 5))
        found = self.namespaces.of_user(user_id, created, count, recent_trial=is_older(n))
        if shows("two trial types", n):
            found.append(self.namespaces.duo_trial_of(found[0]))
        self.rng.shuffle(found)
        return found

    def address(self, n: int, first: str | None, last: str | None) -> str:
        if shows("case twin", n):  # the mailbox of the person before, in another case: a row of its own
            return self.previous_address.upper()
        local = ".".join(filter(None, (ascii_only(first or ""), ascii_only(last or "")))) or "user"
        if shows("plus address", n):
            local += "+gitlab"
        if shows("non-ASCII address", n):
            local = "josé." + local
        address = self.untaken(local, self.rng.choice(WORDS["hosts"]), n)
        self.previous_address = address
        if shows("mixed-case address", n):
            return address.title()
        return address + " " if shows("trailing blank", n) else address

    def untaken(self, local: str, host: str, n: int) -> str:
        address = f"{local}@{host}"
        if address in self.taken:
            address = f"{local}{n}@{host}"
        self.taken.add(address)
        return address


def account(created: datetime, confirmed: datetime | None, last_login: datetime | None) -> Row:
    return {
        "gitlab_dotcom_active_state": "active",
        "gitlab_dotcom_confirmed_date": confirmed,
        "gitlab_dotcom_created_date": created,
        "gitlab_dotcom_last_login_date": last_login,
    }


def nested(namespaces: list[Namespace] | None) -> Row:
    trials = [str(namespace["TRIAL_START_DATE"]) for namespace in namespaces or () if "TRIAL_START_DATE" in namespace]
    return {
        "max_trial_start_date": datetime.fromisoformat(max(trials)) if trials else None,
        "namespaces_array": None if namespaces is None else json.dumps(namespaces, ensure_ascii=False),
    }


def ascii_only(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in plain if letter.isalnum() or letter == "-").strip("-")
