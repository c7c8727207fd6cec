"""What a Marketo webhook says: an administrator writes its template, so names, spellings and times vary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contacts.intake.booleans import read_boolean
from contacts.intake.occurrence import Occurrence, date_change
from contacts.intake.people import read_email
from contacts.intake.reading import UNRESOLVED, UNRESOLVED_TOKEN, Unreadable, read_text
from iterable_admin.addresses import LONGEST_ADDRESS, address_key

# What administrators call one thing; compared without case, blanks and underscores. The first that holds something counts.
EMAIL = ("email", "emailaddress")
UNSUBSCRIBED = ("unsubscribed",)
OCCURRED_AT = ("occurredat",)
REASON = ("unsubscribedreason", "reason", "unsubscribedreasondetail", "reasondetail")
LEAD_ID = ("marketoleadid", "leadid")
CAMPAIGN = ("campaign", "source")


@dataclass(slots=True)
class Unsubscribe:
    """As understood. Without a readable `unsubscribed` it is taken for a withdrawal, but rejected."""

    email: str = ""
    email_as_received: str = ""
    unsubscribed: bool = True
    occurrence: Occurrence | None = None
    details: dict[str, Any] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def lane(self) -> str:
        return address_key(self.email) if self.email else ""

    def payload(self) -> dict[str, Any]:
        return {
            "unsubscribed": self.unsubscribed,
            "dated_by": self.occurrence.dated_by if self.occurrence else "receipt",
            "email_as_received": self.email_as_received,
            **self.details,
        }


def read_unsubscribe(body: Mapping[str, Any], received_at: datetime, *, from_form: bool) -> Unsubscribe:
    told = {name.casefold().replace("_", "").replace(" ", ""): value for name, value in body.items()}
    change = Unsubscribe()
    _read_email(_first(told, EMAIL), change, from_form)
    _read_direction(_first(told, UNSUBSCRIBED), change)
    _read_occurrence(_first(told, OCCURRED_AT), change, received_at)
    change.details = {
        "reason": _text(told, REASON, change) or "",
        "lead_id": _number_or_text(_text(told, LEAD_ID, change)),
        "campaign": _text(told, CAMPAIGN, change) or "",
    }
    return change


def _first(told: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((told[name] for name in names if told.get(name) not in (None, "")), None)


def _read_email(value: Any, change: Unsubscribe, from_form: bool) -> None:
    if value is None:
        change.errors["email"] = "is missing: send the person's address."
        return
    change.email_as_received = str(value)[:LONGEST_ADDRESS]
    try:
        change.email, flag = read_email(value, from_form=from_form)
    except Unreadable as error:
        change.errors["email"] = str(error)
    else:
        change.flags += [flag] if flag else []


def _read_direction(value: Any, change: Unsubscribe) -> None:
    """Missing means true: the webhook is there to tell of unsubscribes."""
    try:
        unsubscribed, flag = read_boolean(value)
    except Unreadable as error:
        change.errors["unsubscribed"] = str(error)
        return
    change.unsubscribed = unsubscribed is not False
    change.flags += [f"unsubscribed: {flag}"] if flag else []


def _read_occurrence(value: Any, change: Unsubscribe, received_at: datetime) -> None:
    if isinstance(value, str) and UNRESOLVED_TOKEN.search(value):
        change.flags.append(f"occurred_at: {UNRESOLVED}")
        value = None
    try:
        change.occurrence = date_change(value, received_at, withdrawal=change.unsubscribed)
    except Unreadable as error:
        change.errors["occurred_at"] = str(error)
        return
    change.flags += [f"occurred_at: {change.occurrence.flag}"] if change.occurrence.flag else []


def _text(told: Mapping[str, Any], names: tuple[str, ...], change: Unsubscribe) -> str | None:
    """Remarks beside the matter itself: what is no text is left in the raw body."""
    try:
        text, flag = read_text(_first(told, names))
    except Unreadable:
        text, flag = None, "not text, left out"
    change.flags += [f"{names[0]}: {flag}"] if flag else []
    return text  # type: ignore[no-any-return] # a Reading's value is Any


def _number_or_text(text: str | None) -> int | str | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 19 else text
