"""The bodies that GitLab's own code sends: registrations, Duo seats, and trial leads with or without their wrapper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contacts.intake.told import Told

WRAPPER = "trial_user"
# GitLab's name: the field's name in Iterable.
RENAMED = {
    "first_name": "firstName",
    "last_name": "lastName",
    "company_name": "company",
    "company_size": "employeeBucket",
    "setup_for_company": "companyNamespace",
    "jtbd": "signupReason",
    "role": "userRole",
    "trial_start_date": "latest_trial_start_date",
}
ENVELOPE = {
    "name": "product_interaction",
    "email": "work_email",
    "user_id": "uid",
    "created_at": "created_at",
    "id": "id",
    "opt_in": "opt_in",
}
SPELLED = {ours: theirs for theirs, ours in RENAMED.items()} | ENVELOPE


def read_gitlab(body: Mapping[str, Any]) -> Told:
    flat = _unwrapped(body)
    envelope = {ours: flat.pop(theirs, None) for ours, theirs in ENVELOPE.items()}
    # Nobody's data field: what other doors call the address.
    address = flat.pop("email", None)
    fields = {name: value for name, value in flat.items() if name not in RENAMED}
    renamed = {RENAMED[name]: value for name, value in flat.items() if name in RENAMED and value is not None}
    told = Told(**envelope, fields=fields | renamed, spelled=SPELLED)
    if told.email is None:
        told.email = address
    return told


def _unwrapped(body: Mapping[str, Any]) -> dict[str, Any]:
    """Fields beside the wrapper (`with_add_on`, `add_on_name`) belong to the same lead."""
    wrapped = body.get(WRAPPER)
    if not isinstance(wrapped, dict):
        return dict(body)
    return {name: value for name, value in body.items() if name != WRAPPER} | wrapped
