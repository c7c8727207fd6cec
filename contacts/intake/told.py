"""What a caller told us, by our names and still unread: one form for the typed, the generic and GitLab's own bodies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Iterable's own track shape: what stands beside dataFields and is no data field.
ENVELOPE = frozenset(
    {"email", "userId", "eventName", "createdAt", "id", "dataFields", "opt_in", "campaignId", "templateId", "createNewFields"}
)


@dataclass(slots=True)
class Told:
    """`spelled` gives the caller's own name of a field, where it differs, so that an error names what was sent."""

    name: Any
    email: Any = None
    user_id: Any = None
    created_at: Any = None
    id: Any = None
    opt_in: Any = None
    fields: dict[str, Any] = field(default_factory=dict)
    spelled: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    nothing: bool = False  # it is not even an object: `errors` says all there is to say


def read_flat(body: Mapping[str, Any], name: str | None = None) -> Told:
    """Iterable's track shape, or the same with its data fields beside the address; `name` wins where the endpoint says it."""
    nested = body.get("dataFields")
    fields = {key: value for key, value in body.items() if key not in ENVELOPE}
    told = Told(
        name=name or body.get("eventName"),
        email=body.get("email"),
        user_id=body.get("userId"),
        created_at=body.get("createdAt"),
        id=body.get("id"),
        opt_in=body.get("opt_in"),
        fields=fields,
    )
    if isinstance(nested, dict):
        _take_nested(told, nested)
    elif nested is not None:
        told.errors["dataFields"] = "must be a JSON object of field names and values."
    return told


def _take_nested(told: Told, nested: Mapping[str, Any]) -> None:
    told.fields |= nested
    consent = told.fields.pop("opt_in", None)
    if told.opt_in is None:
        told.opt_in = consent
