"""What an event means: everything the caller told, put in form, with what was odd and what has to be mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from contacts.intake.booleans import read_boolean
from contacts.intake.dates import read_instant
from contacts.intake.event_types import EventTypes
from contacts.intake.models import EventType
from contacts.intake.occurrence import IN_THE_FUTURE
from contacts.intake.outgoing_form import TRIAL_START, put_in_form
from contacts.intake.people import addresses_of, gitlab_user_id, read_email, read_user_id
from contacts.intake.reading import Unreadable
from contacts.intake.told import Told
from iterable_admin.addresses import LONGEST_ADDRESS, address_key, user_id_lane

LONGEST_NAME = 255
NAMELESS = "is missing: name the event."
NOBODY = "is missing: send the person's address, or a userId."
# Clocks differ a little everywhere.
FUTURE_AFTER = timedelta(minutes=5)


@dataclass(slots=True)
class Meaning:
    """One event as understood. With errors it is rejected; everything understood so far is kept all the same."""

    name: str = ""
    event_type: EventType | None = None
    email: str = ""
    email_as_received: str = ""
    user_id: str = ""
    created_at: datetime | None = None
    opt_in: bool | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def lane(self) -> str:
        if self.email:
            return address_key(self.email)
        return user_id_lane(self.user_id) if self.user_id else ""

    def payload(self) -> dict[str, Any]:
        """What the processing of the door `event` reads."""
        return {
            "event_type": self.event_type.name if self.event_type else "",
            "event_name": self.name,
            "data_fields": self.fields,
            "created_at": int(self.created_at.timestamp()) if self.created_at else None,
            "opt_in": self.opt_in,
            "email_as_received": self.email_as_received,
            "gitlab_user_id": gitlab_user_id(self.user_id),
        }


def understand(told: Sequence[Told], types: EventTypes, now: datetime) -> list[Meaning]:
    meanings = [_understand(item, types, now) for item in told]
    _resolve_user_ids(meanings)
    return meanings


def _understand(told: Told, types: EventTypes, now: datetime) -> Meaning:
    meaning = Meaning(errors=dict(told.errors))
    if told.nothing:
        return meaning
    _read_name(told, types, meaning)
    _read_person(told, meaning)
    _read_created_at(told, meaning, now)
    _read_opt_in(told, meaning)
    _read_fields(told, types, meaning, now)
    if told.spelled and meaning.errors:
        meaning.errors = {told.spelled.get(name, name): message for name, message in meaning.errors.items()}
    return meaning


def _read_name(told: Told, types: EventTypes, meaning: Meaning) -> None:
    name = told.name.strip() if isinstance(told.name, str) else ""
    key = "name" if told.spelled else "eventName"
    if not name:
        meaning.errors[key] = NAMELESS
    elif len(name) > LONGEST_NAME:
        meaning.errors[key] = f"is longer than {LONGEST_NAME} characters."
    else:
        meaning.event_type = types.named(name)
    meaning.name = name[:LONGEST_NAME]


def _read_person(told: Told, meaning: Meaning) -> None:
    if told.user_id is not None and told.user_id != "":
        try:
            meaning.user_id = read_user_id(told.user_id)
        except Unreadable as error:
            meaning.errors["user_id" if told.spelled else "userId"] = str(error)
    if told.email is not None and told.email != "":
        _read_address(told.email, meaning)
    elif not meaning.user_id:
        meaning.errors.setdefault("email", NOBODY)


def _read_address(value: Any, meaning: Meaning) -> None:
    meaning.email_as_received = str(value)[:LONGEST_ADDRESS]
    try:
        meaning.email, flag = read_email(value)
    except Unreadable as error:
        meaning.errors["email"] = str(error)
    else:
        if flag:
            meaning.flags.append(flag)


def _read_created_at(told: Told, meaning: Meaning, now: datetime) -> None:
    if told.created_at is None or told.created_at == 0:
        return  # 0 is an unset field of a typed language, and would be the year 1970
    try:
        created_at, flag = read_instant(told.created_at)
    except Unreadable as error:
        meaning.errors["created_at" if told.spelled else "createdAt"] = str(error)
        return
    if flag:
        meaning.flags.append(f"createdAt: {flag}")
    if created_at and created_at > now + FUTURE_AFTER:
        meaning.flags.append(f"createdAt: {IN_THE_FUTURE}")
    else:
        meaning.created_at = created_at


def _read_opt_in(told: Told, meaning: Meaning) -> None:
    """What cannot be read is no consent, and no reason to refuse the event."""
    if told.opt_in is None:
        return
    try:
        meaning.opt_in, flag = read_boolean(told.opt_in)
    except Unreadable:
        flag = "not a boolean, taken as absent"
    if flag:
        meaning.flags.append(f"opt_in: {flag}")


def _read_fields(told: Told, types: EventTypes, meaning: Meaning, now: datetime) -> None:
    field_types = types.field_types(meaning.event_type) if meaning.event_type else None
    outgoing = put_in_form(told.fields, field_types)
    meaning.fields = outgoing.fields
    meaning.flags += outgoing.flags
    meaning.errors |= outgoing.errors
    start = outgoing.fields.get(TRIAL_START)
    if isinstance(start, str) and start > (now + timedelta(days=1)).date().isoformat():
        meaning.flags.append(f"{TRIAL_START}: in the future")


def _resolve_user_ids(meanings: Sequence[Meaning]) -> None:
    """Before a lane is chosen: an event by user id has to wait its turn among those by address."""
    nameless = {meaning.user_id: gitlab_user_id(meaning.user_id) for meaning in meanings if not meaning.email and meaning.user_id}
    known: Mapping[int, str] = addresses_of({number for number in nameless.values() if number is not None})
    for meaning in meanings:
        number = None if meaning.email else nameless.get(meaning.user_id)
        if number is not None and "email" not in meaning.errors:
            meaning.email = known.get(number, "")
