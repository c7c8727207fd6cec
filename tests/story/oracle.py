"""What Iterable must hold at the end: plain Python over the nights' files, which knows nothing of the product."""

from __future__ import annotations

import calendar
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

Row = Mapping[str, Any]
Information = dict[str, Any]

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def whole(value: Any) -> int:
    return int(value)


def boolean(value: Any) -> bool:
    return BOOLEANS[str(value).lower()]


def words(value: Any) -> list[str]:
    return sorted(set(value if isinstance(value, list) else [value]))


FORMS: dict[str, Callable[[Any], Any]] = {
    "ACTIVE_STAGE_COUNT": whole,
    "CREATED_AT": str,
    "CREATOR_USER_ID": whole,
    "CURRENT_MEMBER_COUNT": whole,
    "GITLAB_PLAN_IS_PAID": boolean,
    "GITLAB_PLAN_TITLE": str,
    "GLM_CONTENT": str,
    "GLM_SOURCE": str,
    "IS_ACTIVE_TRIAL": boolean,
    "IS_IMPACTED_BY_USER_LIMIT": boolean,
    "IS_NAMESPACE_PQL": boolean,
    "IS_SETUP_FOR_COMPANY": boolean,
    "LIST_OF_STAGES": words,
    "NAMESPACE_ID": whole,
    "TRIAL_START_DATE": str,
    "USER_ACCESS_LEVEL": whole,
    "USER_ACCESS_LEVEL_NAME": str,
    "USER_ID": whole,
}


def information_of(row: Row) -> list[Information]:
    """The 18 keys in their form, by NAMESPACE_ID, each namespace once."""
    best: dict[int, Information] = {}
    for raw in json.loads(row["namespaces_array"]):
        found = {key: form(raw[key]) for key, form in FORMS.items() if raw.get(key) is not None}
        number = found["NAMESPACE_ID"]
        best[number] = max(best.get(number, found), found, key=rank)
    return [best[number] for number in sorted(best)]


def rank(found: Information) -> tuple[bool, str, str]:
    text = json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return found.get("IS_ACTIVE_TRIAL", False), found.get("TRIAL_START_DATE", ""), text


def window_start(today: date, months: int = 2) -> datetime:
    """Midnight, so many calendar months ago; a day that the month does not have is its last one."""
    month = today.month - 1 - months
    year, month = today.year + month // 12, month % 12 + 1
    return datetime.combine(date(year, month, min(today.day, calendar.monthrange(year, month)[1])), time())


def mailbox(row: Row) -> str:
    return str(row["email_address"]).strip().lower()


def rows_in_window(rows: Iterable[Row], today: date) -> list[Row]:
    return [row for row in rows if row["gitlab_dotcom_created_date"] >= window_start(today)]


def expected_profiles(
    files: Mapping[int, tuple[date, Sequence[Row]]],
    sent_from: Mapping[str, int],
    other_fields: Mapping[str, dict[str, Any]],
    erased: Iterable[str],
) -> dict[str, dict[str, Any] | None]:
    """By address, None for nobody.

    `sent_from`: which night's file a person's values are from, the last one but for those who left or vanished.
    `other_fields`: what else stands on the profiles of all whom Iterable has.
    """
    profiles: dict[str, dict[str, Any] | None] = {email: dict(fields) for email, fields in other_fields.items()}
    for email, night in sent_from.items():
        profile = profiles.get(email)
        if profile is not None:
            today, rows = files[night]
            [row] = [row for row in rows_in_window(rows, today) if mailbox(row) == email]
            profile["namespace_information"] = information_of(row)
    return profiles | dict.fromkeys(erased)
