"""What Iterable gets of a person's namespaces: at most 18 keys each, in one form and one order.

Iterable fixes a field's type at its first write, so a value that cannot take its key's form is refused here, not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contacts.sync.fingerprint import canonical
from iterable_admin.errors import Permanent

FIELD = "namespace_information"
Information = dict[str, Any]
Raw = Mapping[str, Any]

SMALLEST, LARGEST = -(2**63), 2**63 - 1


def integer(value: Any) -> int:
    """Whole numbers arrive as JSON numbers, as 1.0 and as text."""
    number = int(value) if isinstance(value, str) and value.strip().lstrip("-").isdecimal() else value
    if isinstance(number, bool) or not isinstance(number, int | float) or number != int(number):
        raise ValueError("not a whole number")
    if not SMALLEST <= number <= LARGEST:
        raise ValueError("larger than a 64-bit integer")
    return int(number)


BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def boolean(value: Any) -> bool:
    try:
        return BOOLEANS[str(value).strip().lower()]
    except KeyError:
        raise ValueError("neither true nor false") from None


def stages(value: Any) -> list[str]:
    """Printed as a single word in places; the real value is an array, in any order."""
    return sorted({str(stage) for stage in (value if isinstance(value, list) else [value]) if stage is not None})


FORMS: dict[str, Callable[[Any], Any]] = {
    "ACTIVE_STAGE_COUNT": integer,
    "CREATED_AT": str,
    "CREATOR_USER_ID": integer,
    "CURRENT_MEMBER_COUNT": integer,
    "GITLAB_PLAN_IS_PAID": boolean,
    "GITLAB_PLAN_TITLE": str,
    "GLM_CONTENT": str,
    "GLM_SOURCE": str,
    "IS_ACTIVE_TRIAL": boolean,
    "IS_IMPACTED_BY_USER_LIMIT": boolean,
    "IS_NAMESPACE_PQL": boolean,
    "IS_SETUP_FOR_COMPANY": boolean,
    "LIST_OF_STAGES": stages,
    "NAMESPACE_ID": integer,
    "TRIAL_START_DATE": str,
    "USER_ACCESS_LEVEL": integer,
    "USER_ACCESS_LEVEL_NAME": str,
    "USER_ID": integer,
}


class Unreadable(Permanent):
    """One person's namespaces cannot be sent as they are; the rest of the run goes on."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One namespace of one person: the object as Iterable gets it, and the object it was made from."""

    namespace_id: int
    information: Information
    raw: Raw


def outgoing_fields(namespaces: Iterable[Information]) -> dict[str, list[Information]]:
    """The profile fields of the sync. Names, company and country come from events, and are not overwritten nightly."""
    return {FIELD: list(namespaces)}


def choose(raws: Iterable[Raw]) -> list[Chosen]:
    """By NAMESPACE_ID, each once.

    The table may hold several objects for one namespace (one per trial type, one per hand-raise). Whatever their order, the
    one with an active trial is taken, then the one whose trial began later, then the greatest when written as sorted JSON.
    """
    best: dict[int, Chosen] = {}
    for raw in raws:
        candidate = _shaped(raw)
        rival = best.get(candidate.namespace_id)
        if rival is None or _rank(candidate) > _rank(rival):
            best[candidate.namespace_id] = candidate
    return [best[namespace_id] for namespace_id in sorted(best)]


def _rank(candidate: Chosen) -> tuple[bool, str, bytes, bytes]:
    information = candidate.information
    active = information.get("IS_ACTIVE_TRIAL", False)
    return active, information.get("TRIAL_START_DATE", ""), canonical(information), canonical(candidate.raw)


def _shaped(raw: Raw) -> Chosen:
    information = {key: _formed(key, raw[key]) for key in FORMS if raw.get(key) is not None}
    if "NAMESPACE_ID" not in information:
        raise Unreadable("A namespace has no NAMESPACE_ID: mend the row in the warehouse.")
    return Chosen(information["NAMESPACE_ID"], information, raw)


def _formed(key: str, value: Any) -> Any:
    try:
        return FORMS[key](value)
    except (ValueError, OverflowError, TypeError) as error:
        raise Unreadable(f"{key} cannot be sent: {error}. Mend the row in the warehouse.") from error


def changed_fields(before: Iterable[Information] | None, after: Iterable[Information]) -> list[str]:
    """In words for an operator, at most fifty: `123456.GITLAB_PLAN_TITLE`, `123456 (added)`, `123456 (removed)`."""
    if before is None:
        return [f"{FIELD} (first time)"]
    old, new = ({item.get("NAMESPACE_ID", 0): item for item in items} for items in (before, after))
    words = []
    for namespace_id in sorted(old.keys() | new.keys()):
        words += _words(namespace_id, old.get(namespace_id), new.get(namespace_id))
    return words[:50]


def _words(namespace_id: int, old: Information | None, new: Information | None) -> list[str]:
    if old is None or new is None:
        return [f"{namespace_id} ({'added' if old is None else 'removed'})"]
    return [f"{namespace_id}.{key}" for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]
