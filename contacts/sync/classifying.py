"""Which rows of the source are people that can be compared, and what is wrong with the others. Touches no database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings

from contacts.sync import reasons
from contacts.sync.mapping import FieldMap
from contacts.sync.models import SyncRow
from contacts.sync.outgoing import Chosen, Unreadable
from contacts.sync.profiles import Profile
from contacts.sync.staging.rows import SourceRow
from iterable_admin.addresses import LONGEST_ADDRESS, address_key, is_email

PEOPLE_A_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Person:
    profile: Profile
    row: SourceRow
    namespaces: list[Chosen]
    skip: str = ""
    """Why this person is stored, but neither compared nor sent; empty for most."""

    @property
    def key(self) -> str:
        return self.profile.key


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not stored at all, and stands in the run with its reason."""

    key: str
    email: str
    state: SyncRow.State
    code: str
    reason: str
    clash: str = ""
    user_lane: str = ""


@dataclass(frozen=True, slots=True)
class Classified:
    read: int
    people: list[Person]
    refused: list[Refused]


def batches(rows: Iterable[SourceRow]) -> Iterator[list[list[SourceRow]]]:
    """Up to 1,000 mailboxes at a time, each with all its rows, which come one after the other."""
    batch: list[list[SourceRow]] = []
    for _, of_mailbox in groupby(rows, key=lambda row: row.mailbox or object()):
        batch.append(list(of_mailbox))
        if len(batch) == PEOPLE_A_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def classify(batch: Sequence[Sequence[SourceRow]], fields: FieldMap) -> Classified:
    people: list[Person] = []
    refused: list[Refused] = []
    for mailbox in batch:
        for found in [classify_one(mailbox[0], fields)] if len(mailbox) == 1 else clash(mailbox):
            (people if isinstance(found, Person) else refused).append(found)  # type: ignore[arg-type] # told apart here
    return Classified(sum(map(len, batch)), people, refused)


def clash(mailbox: Sequence[SourceRow]) -> list[Person | Refused]:
    """Addresses that differ in case only are one mailbox: none of its rows is sent, so that none wins by coming last."""
    users = ", ".join(str(row.gitlab_user_id) for row in mailbox)
    words = f"{reasons.WORDS[reasons.TWO_ROWS_ONE_MAILBOX]} This one is of GitLab user {{}}, of {users}."
    return [
        refuse(row, reasons.TWO_ROWS_ONE_MAILBOX, words.format(row.gitlab_user_id), clash=f"mailbox {row.mailbox}")
        for row in mailbox
    ]


def classify_one(row: SourceRow, fields: FieldMap) -> Person | Refused:
    if not is_email(row.mailbox):
        code = reasons.INVALID_ADDRESS if row.mailbox else reasons.NO_ADDRESS_KNOWN
        return refuse(row, code, reasons.WORDS[code])
    if row.shares_user:
        words = f"{reasons.WORDS[reasons.TWO_ADDRESSES_ONE_USER]} GitLab user {row.gitlab_user_id}."
        return refuse(row, reasons.TWO_ADDRESSES_ONE_USER, words, clash=f"GitLab user {row.gitlab_user_id}")
    if row.unreadable:
        return refuse(row, reasons.UNREADABLE, row.unreadable, SyncRow.State.FAILED)
    try:
        namespaces = fields.namespaces(row.namespaces or [])
        profile = Profile.of(row.mailbox, fields.apply(row.values, namespaces, row.gitlab_user_id), row.key)
    except Unreadable as error:
        return refuse(row, reasons.UNREADABLE, str(error), SyncRow.State.FAILED)
    return Person(profile, row, namespaces, why_not_sent(row))


def why_not_sent(row: SourceRow) -> str:
    # The settings last: few rows get as far, and a look at them costs as much as the rest.
    if row.last_login_at is None and row.offers("gitlab_dotcom_last_login_date") and settings.SYNC_SKIP_NEVER_LOGGED_IN:
        return reasons.NEVER_LOGGED_IN
    if not row.namespaces and row.offers("namespaces_array") and settings.SYNC_SKIP_WITHOUT_NAMESPACE:
        return reasons.WITHOUT_NAMESPACE
    return ""


def refuse(row: SourceRow, code: str, reason: str, state: SyncRow.State = SyncRow.State.SKIPPED, clash: str = "") -> Refused:
    email = row.mailbox or f"GitLab user {row.gitlab_user_id}"
    return Refused(address_key(email), email[:LONGEST_ADDRESS], state, code, reason, clash[:300], row.user_lane)
