"""Each call as rows, one for every person; who cannot be taken is named instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from contacts.gateway.checking import ARRAYS, EVENT, IDENTITY, SUBSCRIPTIONS, USER, Kinds
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


def only(told: Mapping[str, Any], kinds: Kinds) -> dict[str, Any]:
    """What Iterable knows of a row, and we have checked: it heeds nothing else, and beside these stand names of our own."""
    return {name: value for name, value in told.items() if name in kinds}


def track(told: Mapping[str, Any]) -> Row:
    return Row("track", only(told, EVENT), str(told["eventName"]), caller_id=told.get("id") or "")


def profile(told: Mapping[str, Any], *, body: Mapping[str, Any] | None = None) -> Row:
    """`body`: the bulk call that it is a row of, which says some things once for all."""
    fields = dict(told.get("dataFields") or {})
    # In bulk Iterable takes these arrays from the fields; as subscriptions, so that no withdrawal is lost.
    arrays = {name: fields[name] for name in (*OUT, "emailListIds") if body is not None and is_ids(fields.get(name))}
    fields = {name: value for name, value in fields.items() if name not in MANAGED}
    said = told if body is None else body
    row = {**only(told, USER), "dataFields": fields, "createNewFields": said.get("createNewFields")}
    row["updateOnly"] = body is not None and body.get("updateOnly") is True
    return Row("profile", row | ({"arrays": arrays} if arrays else {}), "users/update", withdrawal=withdraws(arrays))


def is_ids(value: Any) -> bool:
    return isinstance(value, list) and all(type(number) is int for number in value)


def arrays(told: Mapping[str, Any]) -> Row:
    return Row("arrays", only(told, SUBSCRIPTIONS), "users/updateSubscriptions", withdrawal=withdraws(told))


def withdraws(told: Mapping[str, Any]) -> bool:
    return any(told.get(name) for name in OUT)


def listed(told: Mapping[str, Any], body: Mapping[str, Any], *, joins: bool) -> Row:
    fields = {name: value for name, value in (told.get("dataFields") or {}).items() if name not in MANAGED}
    channel = not joins and body.get("channelUnsubscribe") is True
    row = {**only(told, USER), "dataFields": fields, "listId": body["listId"], "joins": joins, "channelUnsubscribe": channel}
    row |= {name: body[name] for name in ("updateExistingUsersOnly", "campaignId") if body.get(name) is not None}
    return Row("list", row, f"lists/{'subscribe' if joins else 'unsubscribe'}", withdrawal=channel)


def parted(row: Row) -> list[Row]:
    """A withdrawal is an event of its own: it overtakes what came of the person before, which the rest of the call must not."""
    if not row.withdrawal or row.errors or row.call == "group":
        return [row]
    told = {name: row.told[name] for name in IDENTITY if name in row.told}
    if row.call == "list":
        told["channelUnsubscribe"] = True
    else:
        arrays = row.told if row.call == "arrays" else row.told["arrays"]
        told["arrays"] = {name: arrays[name] for name in OUT if arrays.get(name)}
    return [replace(row, call="opt_out", told=told), replace(row, withdrawal=False)]


def grouped(group: str, number: int, *, joins: bool, **person: str) -> Row:
    known = GROUPS.get(group.lower())
    if known is None:
        raise bad_params(f"Invalid subscription group: {group} {number}")
    told = {**person, "group": known, "groupId": number, "joins": joins}
    return Row("group", told, f"subscriptions/{known}", withdrawal=leaves_group(told))


def leaves_group(told: Mapping[str, Any]) -> bool:
    """A list is no consent."""
    return not told["joins"] and told["group"] != EMAIL_LIST


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
