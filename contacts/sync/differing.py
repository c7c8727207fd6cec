"""In words for an operator: which fields differ between what Iterable accepted and what it is to hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MOST_WORDS = 50
Item = Mapping[str, Any]


def changed_fields(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[str]:
    """At most fifty: `company`, `123456.GITLAB_PLAN_TITLE`, `123456 (added)`, `123456 (removed)`."""
    if before is None:
        return [f"{name} (first time)" for name in sorted(after)][:MOST_WORDS]
    words = (word for name in sorted(before.keys() | after.keys()) for word in _words(name, before.get(name), after.get(name)))
    return [word for _, word in zip(range(MOST_WORDS), words, strict=False)]


def _words(name: str, old: Any, new: Any) -> Iterator[str]:
    if old == new:
        return
    if is_objects(old) and is_objects(new):
        yield from _words_of_objects(old or [], new or [])
    else:
        yield name


def is_objects(value: Any) -> bool:
    """As ours are: what others wrote may have any form."""
    return value is None or (isinstance(value, list) and all(_is_object(item) for item in value))


def _is_object(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("NAMESPACE_ID"), int)


def _words_of_objects(before: Iterable[Item], after: Iterable[Item]) -> Iterator[str]:
    old, new = ({item["NAMESPACE_ID"]: item for item in items} for items in (before, after))
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was is None or now is None:
            yield f"{key} ({'added' if was is None else 'removed'})"
        else:
            yield from (f"{key}.{name}" for name in sorted(was.keys() | now.keys()) if was.get(name) != now.get(name))


def emptied_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Fields, and keys of objects, that had a value and have none any more: `company`, `namespace_information.GLM_SOURCE`."""
    found = {name for name, value in before.items() if value not in (None, []) and after.get(name) in (None, [])}
    for name, old in before.items():
        if old and is_objects(old) and after.get(name):
            was, now = (
                {key for item in items for key, value in item.items() if value is not None} for items in (old, after[name])
            )
            found |= {f"{name}.{key}" for key in was - now}
    return found
