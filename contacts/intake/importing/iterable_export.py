"""Iterable's export of users: a sight of each profile, and what its arrays say of what the person left or joined.

An unsubscribe is no older than the profile's last update, so that date is the latest that it can have: `dated_by` says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from contacts.consent.models import Channel, MessageType
from contacts.consent.sightings import Sighting
from contacts.intake.importing.statements import Basis, Fields, Refused, Said, Statement, Target, Verdict, email_of, first
from iterable_admin.addresses import address_key
from iterable_admin.iterable.moments import moment

SOURCE = "Iterable export"
CHANNELS_LEFT, TYPES_LEFT, TYPES_JOINED = "unsubscribedchannelids", "unsubscribedmessagetypeids", "subscribedmessagetypeids"
LISTS = ("emaillistids", "userlistids")
UPDATED = ("profileupdatedat", "itblinternaldocumentupdatedat")
HEADER = {CHANNELS_LEFT, TYPES_LEFT, TYPES_JOINED}
IDS = re.compile(r"\d{1,18}", re.ASCII)
NOT_IDS = re.compile(r"[^\d\s,;|\[\]\"'.]")
LIST_MEND = "must be a list of ids, such as [12, 34]."
WHAT = (
    (CHANNELS_LEFT, Target.CHANNEL, Verdict.WITHDRAWN),
    (TYPES_LEFT, Target.MESSAGE_TYPE, Verdict.WITHDRAWN),
    (TYPES_JOINED, Target.MESSAGE_TYPE, Verdict.IMPORTED),
)


class IterableExport:
    def __init__(self) -> None:
        self.names: Mapping[Target, Mapping[int, str]] = {
            Target.CHANNEL: _names(Channel),
            Target.MESSAGE_TYPE: _names(MessageType),
        }

    def __call__(self, fields: Fields, received_at: datetime) -> Statement:
        email = email_of(fields)
        ids = {name: ids_of(fields, name) for name in (CHANNELS_LEFT, TYPES_LEFT, TYPES_JOINED)}
        told = first(fields, UPDATED)
        at = moment(told)
        seen_at = at if at and at <= received_at else received_at
        statement = Statement(email, sighting=sighting_of(fields, ids, seen_at))
        if told is not None and at is None:
            statement.flags.append(("profileUpdatedAt", "not a time, taken as now"))
        dated = ("latest", str(told).strip()) if at else ("receipt", "")
        for name, target, verdict in WHAT:
            statement.said += [self._said(target, verdict, number, seen_at, dated) for number in ids[name] or ()]
        return statement

    def _said(self, target: Target, verdict: Verdict, number: int, at: datetime, dated: tuple[str, str]) -> Said:
        name = self.names[target].get(number, "")
        return Said(verdict, Basis.SYSTEM, at, *dated, target=target, target_key=str(number), target_name=name)


def sighting_of(fields: Fields, ids: Mapping[str, Sequence[int] | None], seen_at: datetime) -> Sighting:
    lists = next((ids_of(fields, name) for name in LISTS if name in fields), None)
    return Sighting(
        address_key=address_key(str(first(fields, ("email", "emailaddress")))),
        observed_at=seen_at,
        source="import",
        list_ids=lists,
        unsubscribed_channel_ids=ids[CHANNELS_LEFT],
        unsubscribed_message_type_ids=ids[TYPES_LEFT],
        subscribed_message_type_ids=ids[TYPES_JOINED],
    )


def ids_of(fields: Fields, name: str) -> list[int] | None:
    """None where the file does not have the column. In CSV an array is text: `[12, 34]`, `12,34`, `12|34`."""
    if name not in fields:
        return None
    value = fields[name]
    if value in (None, "", "null"):
        return []
    text = json.dumps(value) if not isinstance(value, str) else value
    if isinstance(value, dict | bool) or NOT_IDS.search(text):
        raise Refused(name, LIST_MEND)
    # A number may be written as 12.0, whose fraction is no id.
    return sorted({int(found) for found in IDS.findall(re.sub(r"\.0+\b", "", text))})


def _names(model: Any) -> dict[int, str]:
    return dict(model.objects.exclude(iterable_id=None).values_list("iterable_id", "name"))
