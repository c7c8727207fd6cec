"""Marketo's activity log: type 9 *Unsubscribe Email*, and type 13 *Change Data Value* of the field `unsubscribed`.

An activity names a lead, never an address: where its line has none either, a file of leads tells whose it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from contacts.intake.booleans import read_boolean
from contacts.intake.importing.lines import Line, plain, read_lines
from contacts.intake.importing.statements import Basis, Fields, Refused, Said, Statement, Verdict, date_of, email_of, first
from contacts.intake.reading import Unreadable

SOURCE = "Marketo"
HEADER = {"activitytypeid", "leadid", "activitydate"}
UNSUBSCRIBE_EMAIL, CHANGE_DATA_VALUE = "9", "13"
FLAG = "unsubscribed"
DATE = ("activitydate", "occurredat")
EMAIL = ("email", "emailaddress", "leademail")
NO_ADDRESS = "no address is known for this lead: give --leads FILE with the columns id and email."


class MarketoActivities:
    def __init__(self, leads: Mapping[str, str] | None = None) -> None:
        self.leads = leads or {}

    def __call__(self, fields: Fields, received_at: datetime) -> Statement | None:
        """Other activities, and changes of other fields, say nothing here."""
        withdrawn = what_happened(fields)
        if withdrawn is None:
            return None
        email = self._email(fields)
        dated = date_of(fields, DATE, received_at, withdrawal=withdrawn)
        by_link = _type_of(fields) == UNSUBSCRIBE_EMAIL
        # A link in a mail is the person's own act; a changed value may be the CRM's, an import's, or an operator's.
        basis = Basis.EXPLICIT if by_link else Basis.SYSTEM
        verdict = Verdict.WITHDRAWN if withdrawn else Verdict.IMPORTED
        said = Said(verdict, basis, dated.at, dated.by, dated.as_told)
        return Statement(email, [said], flags=[("activityDate", dated.flag)] if dated.flag else [])

    def _email(self, fields: Fields) -> str:
        if first(fields, EMAIL) is not None:
            return email_of(fields, EMAIL)
        lead = str(first(fields, ("leadid",)) or "").strip()
        if lead not in self.leads:
            raise Refused("leadId", NO_ADDRESS)
        return email_of({"email": self.leads[lead]})


def what_happened(fields: Fields) -> bool | None:
    """True: unsubscribed; False: subscribed again; None: neither."""
    kind = _type_of(fields)
    if kind == UNSUBSCRIBE_EMAIL:
        return True
    return _new_value(fields) if kind == CHANGE_DATA_VALUE else None


def _type_of(fields: Fields) -> str:
    """Without the column, the table holds unsubscribes alone, as copies in warehouses do."""
    return str(fields.get("activitytypeid", UNSUBSCRIBE_EMAIL)).strip().removesuffix(".0")


def _new_value(fields: Fields) -> bool | None:
    """Of the log: `fields` with name, oldValue and newValue; of a bulk extract: the field's name, the values as attributes."""
    for change in _changes(fields):
        if plain(str(change.get("name") or "")) == FLAG:
            new, old = _boolean(change.get("newvalue")), _boolean(change.get("oldvalue"))
            # Who never was unsubscribed does not subscribe again when a new record gets its first value.
            return None if new is False and old is not True else new
    return None


def _boolean(value: Any) -> bool | None:
    try:
        told: bool | None = read_boolean(value)[0]
    except Unreadable as error:
        raise Refused("newValue", str(error)) from None
    return told


def _changes(fields: Fields) -> Iterator[dict[str, Any]]:
    for change in _object(fields.get("fields"), list):
        if isinstance(change, dict):
            yield {plain(name): value for name, value in change.items()}
    attributes = _attributes(fields)
    name = first(fields, ("primaryattributevalue", "attributename"))
    yield {"name": name, **{word: attributes.get(word, fields.get(word)) for word in ("newvalue", "oldvalue")}}


def _attributes(fields: Fields) -> dict[str, Any]:
    """An object in bulk extracts, an array of names and values in the API."""
    found = fields.get("attributes")
    pairs = _object(found, list)
    if pairs:
        return {plain(str(item.get("name"))): item.get("value") for item in pairs if isinstance(item, dict)}
    return {plain(name): value for name, value in _object(found, dict).items()}


def _object(value: Any, kind: type) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return kind()
    return value if isinstance(value, kind) else kind()


def read_leads(path: Path) -> dict[str, str]:
    """Of each lead's id its address."""
    found = {}
    for line in read_lines(path):
        if isinstance(line, Line):
            lead, email = first(line.fields, ("id", "leadid")), first(line.fields, EMAIL)
            if lead is not None and email is not None:
                found[str(lead).strip()] = str(email)
    return found
