"""Who a row is about: by address, or by a user id whose address we may know."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contacts.gateway.refusing import RowRefused
from contacts.models import Contact
from iterable_admin.addresses import address_key, is_email, normalise_email, user_id_lane

USER_ID = re.compile(r"[\x20-\x7e]{0,51}[\x21-\x7e]")
LARGEST = 2**63 - 1


@dataclass(slots=True)
class Row:
    """One thing to be done for one person. `call` says what: track, profile, arrays, list, group or opt_out."""

    call: str
    told: dict[str, Any]
    name: str
    email: str = ""
    user_id: str = ""
    withdrawal: bool = False
    caller_id: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def lane(self) -> str:
        return address_key(self.email) if self.email else user_id_lane(self.user_id)


def identify(row: Row) -> Row:
    email, user_id = row.told.get("email") or "", row.told.get("userId") or ""
    if not email and not user_id:
        raise RowRefused("invalidEmails", "")
    if email:
        row.email = normalise_email(email)
        if not is_email(row.email):
            raise RowRefused("invalidEmails", email.lower())
    if user_id and not USER_ID.fullmatch(user_id):
        raise RowRefused("invalidUserIds", user_id)
    row.user_id = user_id
    return row


def find_addresses(rows: Sequence[Row]) -> None:
    """Before a lane is chosen: what comes by user id has to wait its turn among what comes by address."""
    nameless = {row.user_id: number for row in rows if not row.email and (number := _number(row.user_id))}
    known = _known(nameless.values()) if nameless else {}
    for row in rows:
        if not row.email and row.user_id in nameless:
            row.email = known.get(nameless[row.user_id], "")


def _number(user_id: str) -> int | None:
    return int(user_id) if user_id.isdecimal() and 0 < int(user_id) <= LARGEST else None


def _known(numbers: Collection[int]) -> Mapping[int, str]:
    known = Contact.objects.filter(gitlab_user_id__in=numbers).exclude(email="").order_by("address_at", "updated_at", "pk")
    return {number: email for number, email in known.values_list("gitlab_user_id", "email") if number is not None}
