"""The form in which Iterable gets each field, whoever sent it: one table, because a type is fixed at its first write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contacts.intake.booleans import read_boolean
from contacts.intake.countries import read_country
from contacts.intake.dates import read_date
from contacts.intake.employee_buckets import read_employee_bucket
from contacts.intake.field_types import READERS, read_integer
from contacts.intake.reading import UNRESOLVED, UNRESOLVED_TOKEN, Reader, Unreadable, read_text
from contacts.intake.signup_reasons import read_signup_reason
from contacts.intake.user_roles import read_user_role

TRIAL_START = "latest_trial_start_date"
COMPANY_SWITCH = "companyNamespace"

# The ten data fields of the instance, and the ids that have to be integers wherever they come from.
FORM: dict[str, Reader] = {
    "company": read_text,
    COMPANY_SWITCH: read_boolean,
    "country": read_country,
    "employeeBucket": read_employee_bucket,
    "firstName": read_text,
    "lastName": read_text,
    TRIAL_START: read_date,
    "signupReason": read_signup_reason,
    "state": read_text,
    "userRole": read_user_role,
    "namespace_id": read_integer,
}


class Outgoing:
    """The fields as Iterable gets them, what was odd about them, and what could not be read, by field."""

    __slots__ = ("errors", "fields", "flags")

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.flags: list[str] = []
        self.errors: dict[str, str] = {}

    def add(self, name: str, value: Any, reader: Reader) -> None:
        try:
            understood, flag = reader(value)
        except Unreadable as error:
            self.errors[name] = str(error)
            return
        if understood is not None:
            self.fields[name] = understood
        if flag:
            self.flags.append(f"{name}: {flag}")


def put_in_form(received: Mapping[str, Any], types: Mapping[str, str] | None) -> Outgoing:
    """`types` are the field types of the event's type; without one nothing is refused, and what cannot be read is kept."""
    outgoing = Outgoing()
    for name, value in received.items():
        if value is not None:  # null upstream is absent
            outgoing.add(name, value, _reader(name, types))
    if types is None:
        _keep_unreadable(outgoing, received)
    return outgoing


def _reader(name: str, types: Mapping[str, str] | None) -> Reader:
    known = FORM.get(name)
    if known is not None:
        return known
    declared = types.get(name, "") if types else ""
    return READERS.get(declared, _as_received)


def _as_received(value: Any) -> tuple[Any, str]:
    if isinstance(value, str) and "{{" in value and UNRESOLVED_TOKEN.search(value):
        return None, UNRESOLVED
    return value, ""


def _keep_unreadable(outgoing: Outgoing, received: Mapping[str, Any]) -> None:
    for name, message in outgoing.errors.items():
        outgoing.fields[name] = received[name]
        outgoing.flags.append(f"{name}: {message.rstrip('.')}; kept as received")
    outgoing.errors = {}
