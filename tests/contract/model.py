"""What Iterable says it does with people: as few lines as can say it, sharing nothing with client or sandbox.

Where its sources are silent or disagree the model has no answer, and the test does not ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

Kind = Literal["email", "userid", "hybrid"]
Who = tuple[str, str]
"""("email", an address in any case) or ("userId", an id)."""
Fields = dict[str, Any]

ARRAYS = ("lists", "unsubscribed_channels", "unsubscribed_types", "subscribed_types")
INVENTED = "…@placeholder.email"
ADDRESS = re.compile(r"[^\s@]+@([\w-]+\.)+(com|org|uk)")
# A fraction of a second only with a T and a zone.
DATE = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d( [+-]\d\d:\d\d)?|T\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d))?", re.ASCII)


class Refusal(Exception):
    """Nothing of the call is done. The word is the outcome of a row."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass
class Person:
    email: str | None = None
    user_id: str | None = None
    fields: Fields = field(default_factory=dict)
    arrays: dict[str, set[int]] | None = None
    """There from the first operation on a list, channel or type; before it, nobody was ever asked."""
    events: dict[str, tuple[str, int, Fields]] = field(default_factory=dict)
    """By id: name, Unix seconds, fields."""

    def subscriptions(self) -> dict[str, set[int]]:
        self.arrays = self.arrays or {name: set() for name in ARRAYS}
        return self.arrays


class Types:
    """A field's first value sets its type for ever, under its dotted name. Null has none, an array that of its elements."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def learn(self, rows: Iterable[Fields]) -> None:
        """All or nothing: one value of another type, and the whole call is refused."""
        known = dict(self.known)
        for row in rows:
            for name, kind in _kinds(row):
                if not _fits(kind, known.setdefault(name, kind)):
                    raise Refusal("wrong_type")
        self.known = known

    def read_back(self, value: Any, name: str) -> Any:
        """Dates come back in one form, whatever form they were sent in."""
        if isinstance(value, list):
            return [self.read_back(element, name) for element in value]
        if isinstance(value, dict):
            return {inner: self.read_back(found, f"{name}.{inner}".lstrip(".")) for inner, found in value.items()}
        moment = _date(value) if self.known.get(name) == "date" else None
        return moment.strftime("%Y-%m-%d %H:%M:%S +00:00") if moment else value


class Project:
    def __init__(self, kind: Kind, opt_in: dict[int, int]) -> None:
        """`opt_in`: the channel of each message type that people have to opt in to."""
        self.kind = kind
        self.opt_in = opt_in
        self.people: list[Person] = []
        self.forgotten: set[Who] = set()
        self.types = Types()
        self.event_types: dict[str, Types] = {}

    def find(self, who: Who) -> Person | None:
        by, value = plain(who)
        return next((one for one in self.people if (one.email if by == "email" else one.user_id) == value), None)

    def refusal(self, who: Who, *, prefer_user_id: bool = False) -> str | None:
        """Why nothing can be written for this person."""
        if who[0] == "email" and not ADDRESS.fullmatch(plain(who)[1]):
            return "invalid"
        if plain(who) in self.forgotten:
            return "forgotten"
        by_address = self.kind == "email" and not prefer_user_id
        return "not_found" if by_address and who[0] == "userId" and self.find(who) is None else None

    def obtain(self, who: Who) -> Person:
        """Nearly every write creates whom it does not find, an unsubscription too."""
        person = self.find(who)
        if person is None:
            by, value = plain(who)
            person = Person(email=value) if by == "email" else Person(user_id=value)
            if self.kind == "email" and by == "userId":
                person.email = INVENTED
            self.people.append(person)
        return person

    def update(self, who: Who, fields: Fields, *, merge: bool = False, create: bool = True, prefer: bool = False) -> set[str]:
        """The names of fields that were dropped, because new ones were not wanted."""
        words, dropped = self.bulk_update([(who, fields, merge)], create=create, prefer=prefer)
        if words != ["delivered"]:
            raise Refusal(words[0])
        return dropped

    def bulk_update(
        self, rows: list[tuple[Who, Fields, bool]], *, create: bool = True, prefer: bool = False, known_only: bool = False
    ) -> tuple[list[str], set[str]]:
        """One word a row, and the names of dropped fields. Raises Refusal if one row is of a wrong type."""
        words = [self.refusal(who, prefer_user_id=prefer) for who, _, _ in rows]
        if known_only:
            words = [word or (None if self.find(row[0]) else "not_found") for word, row in zip(words, rows, strict=True)]
        good = [row for row, word in zip(rows, words, strict=True) if word is None]
        dropped = set() if create else {name for _, fields, _ in good for name in fields if name not in self.types.known}
        kept = [{name: value for name, value in fields.items() if name not in dropped} for _, fields, _ in good]
        self.types.learn(kept)
        for (who, _, merge), fields in zip(good, kept, strict=True):
            self._write(self.obtain(who).fields, fields, merge=merge)
        return [word or "delivered" for word in words], dropped

    def change_email(self, who: Who, address: str) -> None:
        """Only where addresses are unique can one be taken. updateEmail calls a forgotten one taken, too."""
        new, person = plain(("email", address)), self.find(who)
        if person is None:
            raise Refusal("refused")
        if new in self.forgotten:
            raise Refusal("conflict" if self.kind == "email" else "forgotten")
        if self.kind != "userid" and self.find(new) not in (None, person):
            raise Refusal("conflict")
        person.email = new[1]

    def merge(self, source: Who, destination: Who) -> None:
        """The source goes, and what the destination lacks of it stays. Without a destination the source becomes it."""
        for who in (source, destination):
            self._refuse(who, prefer_user_id=True)
        first, second = self.find(source), self.find(destination)
        if first is None:
            raise Refusal("refused")
        if second is None:
            by, value = plain(destination)
            setattr(first, "email" if by == "email" else "user_id", value)
            return
        second.fields = {**first.fields, **second.fields}
        second.events |= first.events
        self.delete(source)

    def overwrite(self, who: Who, arrays: dict[str, set[int]], *, aligned: bool = True) -> None:
        """Each array that is given replaces the one there. A type under an unsubscribed channel cannot be subscribed."""
        self._refuse(who)
        person = self.find(who)
        before = (person.arrays if person else None) or {}
        closed = arrays.get("unsubscribed_channels", before.get("unsubscribed_channels", set()))
        if aligned and any(self.opt_in.get(kind) in closed for kind in arrays.get("subscribed_types", ())):
            raise Refusal("refused")
        self.obtain(who).subscriptions().update({name: set(ids) for name, ids in arrays.items()})

    def change_one(self, who: Who, group: str, number: int, *, subscribe: bool) -> None:
        """One id goes into an array or out of it; the others stay."""
        self._refuse(who)
        opt_in = group == "messageType" and number in self.opt_in
        name = {"emailList": "lists", "messageChannel": "unsubscribed_channels"}.get(
            group, "subscribed_types" if opt_in else "unsubscribed_types"
        )
        ids = self.obtain(who).subscriptions()[name]
        (ids.add if subscribe is not name.startswith("unsubscribed") else ids.discard)(number)

    def join_list(self, rows: list[tuple[Who, Fields, bool]], number: int) -> list[str]:
        words, _ = self.bulk_update(rows)
        for (who, _, _), word in zip(rows, words, strict=True):
            if word == "delivered":
                self.change_one(who, "emailList", number, subscribe=True)
        return words

    def leave_list(self, who: Who, number: int, channel: int | None) -> str:
        """Whoever is not known is not on the list either. `channel`: the list's own, to be left as well."""
        word = self.refusal(who, prefer_user_id=True)
        if word is None and self.find(who) is None:
            return "no_op"
        if word is None:
            self.change_one(who, "emailList", number, subscribe=False)
        if word is None and channel is not None:
            self.change_one(who, "messageChannel", channel, subscribe=False)
        return word or "delivered"

    def track(self, rows: list[tuple[Who, str, tuple[str, int, Fields]]]) -> list[str]:
        """Rows are person, id, event. A known id is the same event again; an unknown address makes nobody."""
        words = [self.refusal(who, prefer_user_id=True) for who, _, _ in rows]
        for number, (who, _, _) in enumerate(rows):
            makes = self.kind != "email" and who[0] == "userId"
            words[number] = words[number] or (None if self.find(who) or makes else "not_found")
        good = [row for row, word in zip(rows, words, strict=True) if word is None]
        for name in {event[0] for _, _, event in good}:
            self.event_types.setdefault(name, Types()).learn(event[2] for _, _, event in good if event[0] == name)
        for who, identifier, event in good:
            self.obtain(who).events[identifier] = event
        return [word or "delivered" for word in words]

    def delete(self, who: Who) -> None:
        self.people = [one for one in self.people if one is not self.find(who)]

    def forget(self, who: Who) -> None:
        self.delete(who)
        self.forgotten.add(plain(who))

    def unforget(self, who: Who) -> None:
        """What was deleted stays so."""
        self.forgotten.discard(plain(who))

    def hashes(self, by: str) -> set[str]:
        """What is told of the forgotten."""
        return {sha256(value.lower().encode()).hexdigest() for kind, value in self.forgotten if kind == by}

    def _refuse(self, who: Who, *, prefer_user_id: bool = False) -> None:
        word = self.refusal(who, prefer_user_id=prefer_user_id)
        if word is not None:
            raise Refusal(word)

    def _write(self, held: Fields, fields: Fields, *, merge: bool) -> None:
        """At top level what is absent stays and null deletes; inside an object only on request, one level, never arrays."""
        for name, value in fields.items():
            if value is None:
                held.pop(name, None)
            elif merge and isinstance(value, dict):
                both = {**held.get(name, {}), **value}
                held[name] = {inner: found for inner, found in both.items() if found is not None}
            else:
                held[name] = value


def plain(who: Who) -> Who:
    """Addresses are kept in lower case; userIds differ by it."""
    return (who[0], who[1].lower()) if who[0] == "email" else who


def _kinds(values: Fields, prefix: str = "") -> Iterable[tuple[str, str]]:
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                yield prefix + name, _kind(one)
            if isinstance(one, dict):
                yield from _kinds(one, f"{prefix}{name}.")


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "date" if _date(value) else "string"
    return {bool: "boolean", int: "long", float: "double", dict: "object"}[type(value)]


def _fits(kind: str, expected: str) -> bool:
    return kind == expected or (kind, expected) in {("date", "string"), ("long", "double")}


def _date(text: Any) -> datetime | None:
    if not isinstance(text, str) or not DATE.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r" ([+-])", r"\1", text))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
