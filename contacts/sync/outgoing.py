"""What Iterable gets of a person's namespaces: at most 18 keys each, in one form and one order.

Iterable fixes a field's type at its first write, so a value that cannot take its key's form is refused here, not there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from contacts.sync.fingerprint import canonical
from iterable_admin.errors import Permanent

FIELD = "namespace_information"
Information = dict[str, Any]
Raw = Mapping[str, Any]
Form = Callable[[Any], Any]

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


def number(value: Any) -> int | float:
    found = float(value) if not isinstance(value, bool) else math.nan
    if not math.isfinite(found):
        raise ValueError("not a number")
    return int(found) if found.is_integer() and abs(found) <= LARGEST else found


def text(value: Any) -> str:
    """Of a column: moments in the form that Iterable takes for dates and texts alike."""
    if isinstance(value, datetime):
        return iterable_moment(value)
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else str(value)


def moment(value: Any) -> str:
    """`yyyy-MM-dd HH:mm:ss +00:00`: Iterable takes fractions only beside a T. Without a zone it means UTC."""
    return iterable_moment(value if isinstance(value, datetime) else datetime.fromisoformat(str(value)))


def iterable_moment(value: datetime) -> str:
    in_utc = value.astimezone(UTC) if value.tzinfo else value
    return f"{in_utc:%Y-%m-%d %H:%M:%S} +00:00"


def day(value: Any) -> str:
    return (value if isinstance(value, datetime) else datetime.fromisoformat(str(value))).strftime("%Y-%m-%d")


def stages(value: Any) -> list[str]:
    """Printed as a single word in places; the real value is an array, in any order."""
    return sorted({str(stage) for stage in (value if isinstance(value, list) else [value]) if stage is not None})


FORMS: dict[str, Form] = {
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


def choose(raws: Iterable[Raw], forms: Mapping[str, Form] = FORMS) -> list[Chosen]:
    """By NAMESPACE_ID, each once.

    The table may hold several objects for one namespace (one per trial type, one per hand-raise). Whatever their order, the
    one with an active trial is taken, then the one whose trial began later, then the greatest when written as sorted JSON.
    """
    best: dict[int, Chosen] = {}
    for raw in raws:
        candidate = _shaped(raw, forms)
        rival = best.get(candidate.namespace_id)
        if rival is None or _rank(candidate) > _rank(rival):
            best[candidate.namespace_id] = candidate
    return [best[namespace_id] for namespace_id in sorted(best)]


def _rank(candidate: Chosen) -> tuple[bool, str, bytes, bytes]:
    raw = candidate.raw
    active = raw.get("IS_ACTIVE_TRIAL") is not None and formed("IS_ACTIVE_TRIAL", raw["IS_ACTIVE_TRIAL"], boolean)
    return active, str(raw.get("TRIAL_START_DATE") or ""), canonical(candidate.information), canonical(raw)


def _shaped(raw: Raw, forms: Mapping[str, Form]) -> Chosen:
    if raw.get("NAMESPACE_ID") is None:
        raise Unreadable("A namespace has no NAMESPACE_ID: mend the row in the warehouse.")
    information = {key: formed(key, raw[key], form) for key, form in forms.items() if raw.get(key) is not None}
    return Chosen(formed("NAMESPACE_ID", raw["NAMESPACE_ID"], integer), information, raw)


def formed(key: str, value: Any, form: Form) -> Any:
    try:
        return form(value)
    except (ValueError, OverflowError, TypeError) as error:
        raise Unreadable(f"{key} cannot be sent: {error}. Mend the row in the warehouse.") from error
