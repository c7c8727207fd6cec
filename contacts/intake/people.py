"""Who an event is about: an address, or a GitLab user id whose address we may know."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import F

from contacts.consent.models import Erasure
from contacts.intake.field_types import LARGEST
from contacts.intake.reading import UNRESOLVED_TOKEN, Unreadable
from contacts.models import Contact
from iterable_admin.addresses import is_email, normalise_email

EMAIL_MEND = "is not an email address: send one such as jane.doe@example.com."
REPAIRED = "email: a blank was read as +, which a URL or a form had swallowed"
LONGEST_USER_ID = 64


def read_email(value: Any, *, from_form: bool = False) -> tuple[str, str]:
    """The normalised address, and what was odd. In a URL or a form an unescaped + arrives as a blank."""
    if not isinstance(value, str):
        raise Unreadable(EMAIL_MEND)
    if "{{" in value and UNRESOLVED_TOKEN.search(value):
        raise Unreadable("holds a token that the sender did not fill: check the template.")
    email = normalise_email(value)
    if is_email(email):
        return email, ""
    repaired = email.replace(" ", "+")
    if from_form and repaired != email and is_email(repaired):
        return repaired, REPAIRED
    raise Unreadable(EMAIL_MEND)


def read_user_id(value: Any) -> str:
    if isinstance(value, str | int) and not isinstance(value, bool):
        user_id = str(value).strip()
        if 0 < len(user_id) <= LONGEST_USER_ID:
            return user_id
    raise Unreadable(f"must be text or a number of at most {LONGEST_USER_ID} characters.")


def gitlab_user_id(user_id: str) -> int | None:
    """GitLab's ids are positive integers; any other user id belongs to somebody else's numbering."""
    if user_id.isascii() and user_id.isdecimal() and 0 < int(user_id) <= LARGEST:
        return int(user_id)
    return None


def addresses_of(user_ids: Collection[int]) -> dict[int, str]:
    """The address last known for each GitLab user id; one id may have had several."""
    if not user_ids:
        return {}
    known = Contact.objects.filter(gitlab_user_id__in=user_ids).exclude(email="")
    known = known.order_by(F("address_at").asc(nulls_first=True), "updated_at", "pk")
    return {user_id: email for user_id, email in known.values_list("gitlab_user_id", "email") if user_id is not None}


def know_by_address(emails: Mapping[str, str]) -> None:
    """Iterable has these people, so we know them: by their address alone. Nobody is brought back who was forgotten."""
    known = set(Contact.objects.filter(address_key__in=emails).values_list("address_key", flat=True))
    known |= set(Erasure.objects.filter(address_key__in=emails).values_list("address_key", flat=True))
    rows = [Contact(address_key=key, email=email) for key, email in sorted(emails.items()) if key not in known]
    Contact.objects.bulk_create(rows, ignore_conflicts=True)
