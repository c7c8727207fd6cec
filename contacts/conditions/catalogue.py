"""The fields that can be asked for, with type and unit; whatever is not in here is no field. And what each type can be asked.

Names, types and examples: the events' ten data fields and the eighteen namespace keys, as the instance has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    MOMENT = "moment"
    TEXTS = "texts"


class Place(StrEnum):
    """Where a field stands."""

    COLUMN = "column"
    PROFILE = "profile"
    NAMESPACE = "namespace"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: Type
    place: Place
    label: str
    unit: str = ""


PRESENCE = ("known", "unknown")
OPERATORS: Mapping[Type, tuple[str, ...]] = {
    Type.TEXT: ("is", "is_not", "is_not_or_unknown", "one_of", "contains", "starts_with", *PRESENCE),
    Type.NUMBER: ("is", "is_not", "is_not_or_unknown", "less", "at_most", "more", "at_least", *PRESENCE),
    Type.BOOLEAN: ("is", "is_not_or_unknown", *PRESENCE),
    Type.MOMENT: ("before", "from", "within_days", "over_days_ago", *PRESENCE),
    # A bare "is not" of a list would be true of somebody who has both: what is asked is whether it holds the value at all.
    Type.TEXTS: ("includes", "includes_none", *PRESENCE),
}
WORDS: Mapping[str, str] = {
    "is": "is",
    "is_not": "is known and is not",
    "is_not_or_unknown": "is not, or is not known",
    "one_of": "is one of",
    "contains": "contains",
    "starts_with": "starts with",
    "less": "is less than",
    "at_most": "is at most",
    "more": "is more than",
    "at_least": "is at least",
    "before": "is before",
    "from": "is at or after",
    "within_days": "is within so many days before now:",
    "over_days_ago": "is longer ago than so many days:",
    "includes": "includes",
    "includes_none": "is known and does not include",
    "known": "is known",
    "unknown": "is not known",
}


def _fields(place: Place, *rows: tuple[str, Type, str] | tuple[str, Type, str, str]) -> dict[str, Field]:
    return {row[0]: Field(row[0], row[1], place, row[2], *row[3:]) for row in rows}


DATA_FIELDS = (
    ("company", Type.TEXT, "Company"),
    ("companyNamespace", Type.BOOLEAN, "Set up for a company"),
    ("country", Type.TEXT, "Country"),
    ("employeeBucket", Type.TEXT, "Employees", "people, as one of five ranges"),
    ("firstName", Type.TEXT, "First name"),
    ("lastName", Type.TEXT, "Last name"),
    ("latest_trial_start_date", Type.MOMENT, "Latest trial's start", "UTC"),
    ("signupReason", Type.TEXT, "Reason of the sign-up"),
    ("state", Type.TEXT, "State"),
    ("userRole", Type.TEXT, "Role"),
)
OF_PERSON = {
    **_fields(
        Place.COLUMN,
        ("email", Type.TEXT, "Address"),
        ("gitlab_user_id", Type.NUMBER, "GitLab user"),
        ("account_created_at", Type.MOMENT, "Account's creation", "UTC"),
        ("last_login_at", Type.MOMENT, "Last login", "UTC"),
        ("created_at", Type.MOMENT, "First known here", "UTC"),
        ("in_warehouse_at", Type.MOMENT, "In the warehouse since", "UTC"),
    ),
    **_fields(Place.PROFILE, *DATA_FIELDS),
}
OF_EVENT = _fields(Place.EVENT, *DATA_FIELDS)
OF_NAMESPACE = _fields(
    Place.NAMESPACE,
    ("ACTIVE_STAGE_COUNT", Type.NUMBER, "Active stages"),
    ("CREATED_AT", Type.MOMENT, "Creation", "UTC"),
    ("CREATOR_USER_ID", Type.NUMBER, "Creator's GitLab user"),
    ("CURRENT_MEMBER_COUNT", Type.NUMBER, "Members", "people"),
    ("GITLAB_PLAN_IS_PAID", Type.BOOLEAN, "On a paid plan"),
    ("GITLAB_PLAN_TITLE", Type.TEXT, "Plan"),
    ("GLM_CONTENT", Type.TEXT, "GLM content"),
    ("GLM_SOURCE", Type.TEXT, "GLM source"),
    ("IS_ACTIVE_TRIAL", Type.BOOLEAN, "In an active trial"),
    ("IS_IMPACTED_BY_USER_LIMIT", Type.BOOLEAN, "Impacted by the user limit"),
    ("IS_NAMESPACE_PQL", Type.BOOLEAN, "Product qualified lead"),
    ("IS_SETUP_FOR_COMPANY", Type.BOOLEAN, "Set up for a company"),
    ("LIST_OF_STAGES", Type.TEXTS, "Stages in use"),
    ("NAMESPACE_ID", Type.NUMBER, "Namespace"),
    ("TRIAL_START_DATE", Type.MOMENT, "Trial's start", "UTC"),
    ("USER_ACCESS_LEVEL", Type.NUMBER, "Access level", "GitLab's: 10 to 50"),
    ("USER_ACCESS_LEVEL_NAME", Type.TEXT, "Access"),
    ("USER_ID", Type.NUMBER, "GitLab user"),
)
