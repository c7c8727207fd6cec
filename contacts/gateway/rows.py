"""Each call as rows, one for every person; who cannot be taken is named instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contacts.gateway.checking import ARRAYS
from contacts.gateway.naming import Row, identify
from contacts.gateway.refusing import RowRefused, bad_params

OUT = ("unsubscribedChannelIds", "unsubscribedMessageTypeIds")
# Iterable keeps these itself, and drops in silence what a caller writes under their names.
MANAGED = frozenset(
    {
        *ARRAYS,
        *("devices", "itblDS", "itblInternal", "itblUserId", "profileUpdatedAt"),
        *("receivedSMSDisclaimer", "signupDate", "signupSource", "userListIds"),
    }
)
CHANNEL, MESSAGE_TYPE, EMAIL_LIST = "messageChannel", "messageType", "emailList"
GROUPS = {name.lower(): name for name in (CHANNEL, MESSAGE_TYPE, EMAIL_LIST)}


@dataclass(slots=True)
class Read:
    """Rows that can be taken, and by failure those that cannot."""

    rows: list[Row] = field(default_factory=list)
    failures: dict[str, list[str]] = field(default_factory=dict)

    def take(self, row: Row) -> None:
        try:
            self.rows.append(identify(row))
        except RowRefused as refused:
            self.failures.setdefault(refused.failure, []).append(refused.identifier)


def track(told: Mapping[str, Any]) -> Row:
    return Row("track", dict(told), str(told["eventName"]), caller_id=told.get("id") or "")


def profile(told: Mapping[str, Any], *, bulk: bool = False, update_only: bool = False) -> Row:
    fields = dict(told.get("dataFields") or {})
    # In bulk Iterable takes these arrays from the fields; as subscriptions, so that no withdrawal is lost.
    arrays = {name: fields[name] for name in (*OUT, "emailListIds") if bulk and is_ids(fields.get(name))}
    fields = {name: value for name, value in fields.items() if name not in MANAGED}
    row = {**told, "dataFields": fields, "updateOnly": update_only}
    return Row("profile", row | ({"arrays": arrays} if arrays else {}), "users/update", withdrawal=withdraws(arrays))


def is_ids(value: Any) -> bool:
    return isinstance(value, list) and all(type(number) is int for number in value)


def arrays(told: Mapping[str, Any]) -> Row:
    return Row("arrays", dict(told), "users/updateSubscriptions", withdrawal=withdraws(told))


def withdraws(told: Mapping[str, Any]) -> bool:
    return any(told.get(name) for name in OUT)


def listed(told: Mapping[str, Any], body: Mapping[str, Any], *, joins: bool) -> Row:
    fields = {name: value for name, value in (told.get("dataFields") or {}).items() if name not in MANAGED}
    channel = not joins and body.get("channelUnsubscribe") is True
    row = {**told, "dataFields": fields, "listId": body["listId"], "joins": joins, "channelUnsubscribe": channel}
    return Row("list", row, f"lists/{'subscribe' if joins else 'unsubscribe'}", withdrawal=channel)


def grouped(group: str, number: int, *, joins: bool, **person: str) -> Row:
    known = GROUPS.get(group.lower())
    if known is None:
        raise bad_params(f"Invalid subscription group: {group} {number}")
    told = {**person, "group": known, "groupId": number, "joins": joins}
    return Row("group", told, f"subscriptions/{known}", withdrawal=not joins and known != EMAIL_LIST)


def single(row: Row) -> list[Row]:
    try:
        return [identify(row)]
    except RowRefused as refused:
        raise refused.alone() from None


def many(rows: Sequence[Row]) -> Read:
    read = Read()
    for row in rows:
        read.take(row)
    return read
