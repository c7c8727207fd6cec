"""What a line says: an address, what it says of it, and perhaps what it shows of the profile in Iterable."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings

from contacts.consent.models import SubscriptionChange
from contacts.consent.sightings import Sighting
from contacts.intake.occurrence import IN_THE_FUTURE, UNREADABLE, date_change
from contacts.intake.people import read_email
from contacts.intake.reading import Unreadable
from iterable_admin.addresses import address_key

Target = SubscriptionChange.Target
Verdict = SubscriptionChange.Verdict
Basis = SubscriptionChange.Basis
Fields = Mapping[str, Any]
CAUSE = "import"
# The version of these rules, kept with every ledger row that they made.
POLICY = "import-1"
HASH_LENGTH = 40


class Refused(Exception):
    """This line cannot be taken: which field, and the mend. It never repeats the value."""

    def __init__(self, name: str, mend: str) -> None:
        super().__init__(f"{name}: {mend}")
        self.field, self.mend = name, mend


@dataclass(frozen=True, slots=True)
class Said:
    verdict: Verdict
    basis: Basis
    occurred_at: datetime
    dated_by: str
    date_as_told: str
    target: Target = Target.ALL_MARKETING
    target_key: str = ""
    target_name: str = ""
    source: str = ""
    actor: str = ""

    def content_hash(self, form: str, key: str) -> str:
        """Of what the line says, wherever it stands: in another file, or in the same one once more. Keyed, as addresses are."""
        words = (form, key, self.target, self.target_key, self.verdict, self.date_as_told)
        return hmac.new(settings.ADDRESS_KEY.encode(), "\x1f".join(words).encode(), sha256).hexdigest()[:HASH_LENGTH]


@dataclass(slots=True)
class Statement:
    email: str
    said: list[Said] = field(default_factory=list)
    sighting: Sighting | None = None
    flags: list[tuple[str, str]] = field(default_factory=list)
    """What was odd but accepted: field and words."""
    key: str = field(init=False)

    def __post_init__(self) -> None:
        self.key = self.sighting.address_key if self.sighting else address_key(self.email)


# Given a line's fields, and when the import began; None where the line says nothing that matters.
Reader = Callable[[Fields, datetime], Statement | None]


def first(fields: Fields, names: Sequence[str]) -> Any:
    """The first of these columns that holds something."""
    return next((fields[name] for name in names if fields.get(name) not in (None, "")), None)


def email_of(fields: Fields, names: Sequence[str] = ("email", "emailaddress")) -> str:
    value = first(fields, names)
    if value is None:
        raise Refused("email", "is missing: the ledger names people by their address.")
    try:
        return read_email(value)[0]
    except Unreadable as error:
        raise Refused("email", str(error)) from None


@dataclass(frozen=True, slots=True)
class Dated:
    at: datetime
    by: str
    as_told: str
    flag: str = ""


def date_of(fields: Fields, names: Sequence[str], received_at: datetime, *, withdrawal: bool) -> Dated:
    """As at the door: of a withdrawal whose time cannot be read the import is the latest moment it can have been."""
    value = first(fields, names)
    try:
        occurrence = date_change(value, received_at, withdrawal=withdrawal)
    except Unreadable as error:
        raise Refused(names[0], str(error)) from None
    flag = occurrence.flag if occurrence.flag in (IN_THE_FUTURE, UNREADABLE) else ""
    return Dated(occurrence.at, occurrence.dated_by, "" if value is None else str(value).strip(), flag)
