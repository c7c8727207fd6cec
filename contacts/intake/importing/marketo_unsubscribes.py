"""A list of people from Marketo with their flag `unsubscribed`: as exported, or from the API."""

from __future__ import annotations

from datetime import datetime

from contacts.intake.booleans import read_boolean
from contacts.intake.importing.statements import Basis, Fields, Refused, Said, Statement, Verdict, date_of, email_of
from contacts.intake.reading import Unreadable

SOURCE = "Marketo"
FLAG = "unsubscribed"
HEADER = {FLAG, "unsubscribedreason"}
# The person's own act is dated by these; the record's last change is only the latest moment that it can have been.
ACT = ("unsubscribedat", "unsubscribeddate", "optoutdate", "occurredat")
LATEST = ("updatedat", "lastmodified", "lastmodifieddate")


def read_unsubscribe(fields: Fields, received_at: datetime) -> Statement | None:
    """Somebody who did not unsubscribe says nothing: that is no grant."""
    email = email_of(fields)
    if not _unsubscribed(fields):
        return None
    dated = date_of(fields, (*ACT, *LATEST), received_at, withdrawal=True)
    by = "latest" if dated.by == "caller" and not any(fields.get(name) for name in ACT) else dated.by
    # Set by the person, by the CRM or by whoever runs Marketo: the list does not say by whom.
    said = Said(Verdict.WITHDRAWN, Basis.SYSTEM, dated.at, by, dated.as_told)
    return Statement(email, [said], flags=[("updatedAt", dated.flag)] if dated.flag else [])


def _unsubscribed(fields: Fields) -> bool:
    """A list without the flag is a list of those who did."""
    if FLAG not in fields:
        return True
    try:
        return read_boolean(fields[FLAG])[0] is True
    except Unreadable as error:
        raise Refused(FLAG, str(error)) from None
