"""Which rows of the warehouse are people that can be compared, and what is wrong with the others. Touches no database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings

from contacts.sync import reasons
from contacts.sync.models import SyncRow
from contacts.sync.outgoing import Chosen, Unreadable, choose
from contacts.sync.profiles import Profile
from iterable_admin.addresses import LONGEST_ADDRESS, address_key, is_email, normalise_email
from iterable_admin.warehouse.marketing_contacts import MarketingContact

PEOPLE_A_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Person:
    profile: Profile
    contact: MarketingContact
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


@dataclass(frozen=True, slots=True)
class Classified:
    read: int
    people: list[Person]
    refused: list[Refused]


def batches(contacts: Iterable[MarketingContact], limit: int | None) -> Iterator[list[list[MarketingContact]]]:
    """Up to 1,000 mailboxes at a time, each with all its rows, which the warehouse gives one after the other."""
    batch: list[list[MarketingContact]] = []
    read = 0
    for _, rows in groupby(contacts, key=lambda contact: normalise_email(contact.email_address)):
        if limit is not None and read >= limit:
            break
        batch.append(list(rows))
        read += len(batch[-1])
        if len(batch) == PEOPLE_A_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def classify(batch: Sequence[Sequence[MarketingContact]], date_keys: Collection[str] = ()) -> Classified:
    people: list[Person] = []
    refused: list[Refused] = []
    for mailbox in _by_mailbox(batch):
        for found in [classify_one(mailbox[0], date_keys)] if len(mailbox) == 1 else clash(mailbox):
            (people if isinstance(found, Person) else refused).append(found)  # type: ignore[arg-type] # told apart here
    return Classified(sum(map(len, batch)), people, refused)


def _by_mailbox(batch: Sequence[Sequence[MarketingContact]]) -> Iterable[list[MarketingContact]]:
    """Once more, since a leading blank puts an address elsewhere in the warehouse's order."""
    mailboxes: dict[str, list[MarketingContact]] = {}
    for rows in batch:
        mailboxes.setdefault(normalise_email(rows[0].email_address), []).extend(rows)
    return mailboxes.values()


def clash(mailbox: Sequence[MarketingContact]) -> list[Person | Refused]:
    """Addresses that differ in case only are one mailbox: none of its rows is sent, so that none wins by coming last."""
    users = ", ".join(str(contact.gitlab_user_id) for contact in mailbox)
    return [
        refuse(
            contact,
            reasons.TWO_ROWS_ONE_MAILBOX,
            f"{reasons.WORDS[reasons.TWO_ROWS_ONE_MAILBOX]} This one is of GitLab user {contact.gitlab_user_id}, of {users}.",
        )
        for contact in mailbox
    ]


def classify_one(contact: MarketingContact, date_keys: Collection[str]) -> Person | Refused:
    email = normalise_email(contact.email_address)
    if not is_email(email):
        return refuse(contact, reasons.INVALID_ADDRESS, reasons.WORDS[reasons.INVALID_ADDRESS])
    if contact.unreadable:
        return refuse(contact, reasons.UNREADABLE, contact.unreadable, SyncRow.State.FAILED)
    try:
        namespaces = choose(contact.namespaces or [])
    except Unreadable as error:
        return refuse(contact, reasons.UNREADABLE, str(error), SyncRow.State.FAILED)
    profile = Profile.of(email, [namespace.information for namespace in namespaces], date_keys)
    return Person(profile, contact, namespaces, why_not_sent(contact))


def why_not_sent(contact: MarketingContact) -> str:
    if settings.SYNC_SKIP_NEVER_LOGGED_IN and contact.last_login_at is None:
        return reasons.NEVER_LOGGED_IN
    if settings.SYNC_SKIP_WITHOUT_NAMESPACE and not contact.namespaces:
        return reasons.WITHOUT_NAMESPACE
    return ""


def refuse(contact: MarketingContact, code: str, reason: str, state: SyncRow.State = SyncRow.State.SKIPPED) -> Refused:
    email = normalise_email(contact.email_address)
    return Refused(address_key(email), email[:LONGEST_ADDRESS], state, code, reason)
