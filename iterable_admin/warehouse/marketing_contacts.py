"""The warehouse's marketing contacts: one row per exact e-mail string that has an active GitLab.com user."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa

PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL = "PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL"

# What the shipped definitions read, by what it is called here.
READ_COLUMNS = {
    "contact_id": "dim_marketing_contact_id",  # md5 of the address as it stands, so it changes with the address
    "email_address": "email_address",
    "first_name": "first_name",
    "last_name": "last_name",
    "country": "country",
    "company_name": "company_name",
    "job_title": "job_title",
    "gitlab_user_id": "gitlab_dotcom_user_id",
    "user_name": "gitlab_user_name",
    "active_state": "gitlab_dotcom_active_state",
    "confirmed_at": "gitlab_dotcom_confirmed_date",
    "created_at": "gitlab_dotcom_created_date",
    "last_login_at": "gitlab_dotcom_last_login_date",
    "opted_in": "gitlab_dotcom_email_opted_in",
    "is_pql": "is_pql",
    "max_trial_start": "max_trial_start_date",
    "namespaces": "namespaces_array",
}
COLUMNS = (*READ_COLUMNS.values(), "prev_hash", "last_changed")

IN_WINDOW = f"FROM {PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL} WHERE gitlab_dotcom_created_date >= $window_start"
CONTACTS_IN_WINDOW = f"SELECT {', '.join(READ_COLUMNS.values())} {IN_WINDOW}"

Namespace = dict[str, object]


def naive_utc(moment: datetime) -> datetime:
    """The warehouse's timestamps have no zone and mean UTC (TIMESTAMP_NTZ): compared like with like."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def python_values(column: pa.Array) -> list[Any]:
    try:
        return _in_python(column)
    except (ValueError, OverflowError):
        # One that fits no type of ours: the others are read as ever.
        return [_by_itself(column.slice(place, 1)) for place in range(len(column))]


def _in_python(column: pa.Array) -> list[Any]:
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        # Without a zone it means UTC. Microseconds: Python has no nanoseconds, which Snowflake's timestamps carry.
        column = column.cast(pa.timestamp("us", tz="UTC"), safe=False)
    elif pa.types.is_decimal(column.type):
        # NUMBER(38,0): ids.
        column = column.cast(pa.int64() if column.type.scale == 0 else pa.float64())
    values: list[Any] = column.to_pylist()
    return values


def _by_itself(one: pa.Array) -> Any:
    """A number beyond 64 bits stays whole, a moment beyond Python's years its text: where it is used, its person fails."""
    try:
        return _in_python(one)[0]
    except (ValueError, OverflowError):
        return int(one[0].as_py()) if pa.types.is_decimal(one.type) else one.cast(pa.string())[0].as_py()


def read_namespaces(nested: object) -> tuple[list[Namespace] | None, str | None]:
    """The objects, from JSON text (as Snowflake's VARIANT and DuckDB's JSON arrive) or a list of structs; or why not."""
    try:
        found = orjson.loads(nested) if isinstance(nested, str) else as_in_json(nested)
    except orjson.JSONDecodeError as error:
        return None, f"namespaces_array is not JSON: {error}"
    if found is None:
        return None, None
    if not isinstance(found, list) or not all(isinstance(namespace, dict) for namespace in found):
        return None, "namespaces_array is not an array of objects"
    return [without_nulls(namespace) for namespace in found], None


def without_nulls(namespace: Namespace) -> Namespace:
    """Absent and null are the same: Snowflake's object construction drops nulls, a struct cannot."""
    return {key: value for key, value in namespace.items() if value is not None}


def as_in_json(value: object) -> object:
    """What the same value is in Snowflake's JSON, for values that a struct gave a type of its own."""
    match value:
        case list():
            return [as_in_json(item) for item in value]
        case dict():
            return {key: as_in_json(item) for key, item in value.items()}
        case datetime():
            return value.isoformat(sep=" ", timespec="milliseconds")
        case date():
            return value.isoformat()
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
    return value
