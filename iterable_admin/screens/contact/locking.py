"""A contact that an operator is about to do something to: still there, not erased, and nobody else's for the moment."""

from __future__ import annotations

from contacts.consent.erasing.marks import erased_among, erased_for_good
from contacts.models import Contact
from iterable_admin.errors import Permanent

ERASED = "This person was erased: nothing more is sent of them or recorded about them."


def is_erased(contact: Contact) -> bool:
    return not contact.email or bool(erased_among([contact.address_key]))


def lock(contact: Contact) -> Contact:
    """In a transaction. Erasing takes its lock before the rows, so this does too: otherwise each would wait for the other."""
    erased = erased_for_good([contact.address_key])
    found = Contact.objects.select_for_update().filter(pk=contact.pk).first()
    if erased or found is None or not found.email:
        raise Permanent(ERASED)
    return found
