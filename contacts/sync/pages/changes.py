"""Old and new values side by side, field by field; of namespaces key by key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contacts.sync.differing import is_objects

NOTHING = "-"
MOST_LINES = 400
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    field: str
    old: str
    new: str

    @property
    def sign(self) -> str:
        """A glyph and a word, for those who see no colour."""
        return "+ added" if self.old == NOTHING else "- removed" if self.new == NOTHING else "→ changed"


def changes(before: Fields | None, after: Fields | None) -> list[Line]:
    """Only what differs."""
    old, new = before or {}, after or {}
    lines = (line for name in sorted(old.keys() | new.keys()) for line in _lines(name, old.get(name), new.get(name)))
    return [line for _, line in zip(range(MOST_LINES), lines, strict=False)]


def _lines(name: str, old: Any, new: Any) -> Iterator[Line]:
    if old == new:
        return
    if not (old or new) or not (is_objects(old) and is_objects(new)):
        yield Line(name, shown(old), shown(new))
        return
    was, now = ({item["NAMESPACE_ID"]: item for item in items or []} for items in (old, new))
    for key in sorted(was.keys() | now.keys(), key=str):
        yield from _of_namespace(key, was.get(key, {}), now.get(key, {}))


def _of_namespace(key: Any, was: Fields, now: Fields) -> Iterator[Line]:
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) != now.get(name):
            yield Line(f"{key}.{name}", shown(was.get(name)), shown(now.get(name)))


def shown(value: Any) -> str:
    if value is None:
        return NOTHING
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
