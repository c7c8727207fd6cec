"""What Iterable checks of a body before it looks at anybody's data: presence and JSON types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contacts.gateway.refusing import bad_json, bad_params, missing

STRING, INTEGER, BOOLEAN = (str, "String"), (int, "Integer"), (bool, "Boolean")
OBJECT, ARRAY = (dict, "Object"), (list, "Array")
Kinds = Mapping[str, tuple[type, str]]

IDENTITY: Kinds = {"email": STRING, "userId": STRING}
USER: Kinds = {
    **IDENTITY,
    "dataFields": OBJECT,
    "mergeNestedObjects": BOOLEAN,
    "preferUserId": BOOLEAN,
    "createNewFields": BOOLEAN,
}
BULK_USERS: Kinds = {"createNewFields": BOOLEAN, "updateOnly": BOOLEAN}
EVENT: Kinds = {
    **IDENTITY,
    "dataFields": OBJECT,
    "createNewFields": BOOLEAN,
    "createdAt": INTEGER,
    "id": STRING,
    "eventName": STRING,
    "campaignId": INTEGER,
    "templateId": INTEGER,
}
ARRAYS = ("emailListIds", "unsubscribedChannelIds", "unsubscribedMessageTypeIds", "subscribedMessageTypeIds")
SUBSCRIPTIONS: Kinds = {
    **IDENTITY,
    **dict.fromkeys(ARRAYS, ARRAY),
    "campaignId": INTEGER,
    "templateId": INTEGER,
    "validateChannelAlignment": BOOLEAN,
}
LISTS: Kinds = {
    "listId": INTEGER,
    "updateExistingUsersOnly": BOOLEAN,
    "campaignId": INTEGER,
    "channelUnsubscribe": BOOLEAN,
}
MOST_ID_BYTES = 512
LAST_SECOND = 253_402_300_799  # of the year 9999
MILLISECONDS = 100_000_000_000  # from here on a moment cannot be meant in seconds: it would lie 3,000 years ahead


def expect(path: str, row: Mapping[str, Any], place: str, kinds: Kinds) -> None:
    """Null is absent; true is no number."""
    for name, value in row.items():
        kind = kinds.get(name)
        if kind is not None and value is not None and type(value) is not kind[0]:
            raise bad_json(path, {f"{place}.{name}": f"{kind[1]} value expected"})


def expect_all(path: str, values: Any, place: str, kind: tuple[type, str]) -> None:
    if values is not None and not isinstance(values, list):
        raise bad_json(path, {place: "Array value expected"})
    for index, value in enumerate(values or ()):
        if type(value) is not kind[0]:
            raise bad_json(path, {f"{place}[{index}]": f"{kind[1]} value expected"})


def rows_of(path: str, body: Mapping[str, Any], name: str, kinds: Kinds) -> list[dict[str, Any]]:
    rows = body.get(name)
    if not isinstance(rows, list):
        raise bad_json(path, {f"obj.{name}": "Array value expected"})
    wrong = {f"obj.{name}[{i}]": "Object value expected" for i, row in enumerate(rows) if not isinstance(row, dict)}
    if wrong:
        raise bad_json(path, wrong)
    for index, row in enumerate(rows):
        expect(path, row, f"obj.{name}[{index}]", kinds)
    return rows


def check_event(path: str, row: Mapping[str, Any], place: str) -> None:
    if not row.get("eventName"):
        raise missing(path, f"{place}.eventName")
    if len((row.get("id") or "").encode()) > MOST_ID_BYTES:
        raise bad_params(f"{place}.id: at most {MOST_ID_BYTES} bytes")
    if not 0 <= in_seconds(row.get("createdAt") or 0) <= LAST_SECOND:
        raise bad_params(f"{place}.createdAt: a unix timestamp expected")


def in_seconds(moment: int) -> int:
    return moment // 1000 if moment >= MILLISECONDS else moment


def check_arrays(path: str, row: Mapping[str, Any], place: str) -> None:
    for name in ARRAYS:
        expect_all(path, row.get(name), f"{place}.{name}", INTEGER)


def read_id(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < 2**63):
        raise bad_params(f"{name} must be a number between 0 and {2**63 - 1}")
    return int(text)
