"""Who is asked about, as of which moment: read once, whatever is explained of them then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from django.utils import timezone

from contacts.conditions.facts import Facts
from contacts.conditions.past import AHEAD, facts_of
from contacts.consent.models import MessageType
from contacts.consent.resolver.person import NONE, Suppressions, Verdicts, verdicts_of
from contacts.consent.resolver.records import AsOf, Record, load
from contacts.models import Contact
from iterable_admin.addresses import address_key, is_email, normalise_email
from iterable_admin.errors import Permanent
from journeys.why.checklist import Explained

UNKNOWN = "Nothing was ever heard of this address: no event, no sync, no ledger row, and it was never looked up in Iterable."
ERASED = "This person was erased: of them only what keeps them from being mailed is kept."
NO_CONTACT = "This address is no contact here; what is known of it comes from the ledger and from Iterable alone."
NOT_YET = "This address was no contact here at that moment."
HISTORY = "Fields are told by undoing their history; the account's creation and the last login are told as they are today."


@dataclass
class Person:
    """`at` is None for now; `now` is the moment that relative dates count from."""

    email: str
    record: Record
    types: Sequence[MessageType]
    at: datetime | None
    now: datetime
    explained: dict[tuple[int, Suppressions], Explained] = field(default_factory=dict)
    """By message type and the lists that are suppressed: a journey asks of the same one at many a step."""
    ahead: bool = False
    """Asked about a day that is still to come, and told of now."""

    @cached_property
    def facts(self) -> Facts:
        return facts_of(self.record, self.types, self.at)

    @property
    def contact(self) -> Contact | None:
        return self.record.contact

    @property
    def known(self) -> bool:
        return self.record.known

    @property
    def sentences(self) -> list[str]:
        """What has to be said before any answer."""
        return [*([AHEAD] if self.ahead else []), *self._about()]

    def _about(self) -> list[str]:
        if not self.known:
            return [UNKNOWN]
        contact = self.contact
        if self.record.erasure or (contact and not contact.email):
            return [ERASED]
        if contact is None:
            return [NO_CONTACT]
        if self.at and contact.created_at > self.at:
            return [NOT_YET]
        return [HISTORY] if self.at else []

    def verdicts(self, message_type: MessageType, suppressed: Suppressions = NONE) -> Verdicts:
        channel = [one for one in self.types if one.channel_id == message_type.channel_id]
        found = verdicts_of(self.record, channel, suppressed)
        return next(one for one in found if one.message_type.pk == message_type.pk)


def person_of(email: str, at: datetime | None = None) -> Person:
    """Raises Permanent for what is no address. A moment ahead is now: of the future nothing is known."""
    normalised, now = normalise_email(email), timezone.now()
    if not is_email(normalised):
        raise Permanent("This is not an email address.")
    ahead = at is not None and at.date() > now.date()
    at = at if at and at < now else None
    types = list(MessageType.objects.select_related("channel"))
    return Person(normalised, load(address_key(normalised), AsOf(at)), types, at, at or now, ahead=ahead)


def type_named(person: Person, told: str) -> MessageType | None:
    """By name, by Iterable's id or by ours."""
    named = [one for one in person.types if one.name.casefold() == told.strip().casefold()]
    numbered = [one for one in person.types if told in (str(one.iterable_id), str(one.pk))]
    by_iterable = [one for one in numbered if str(one.iterable_id) == told]
    return next(iter([*named, *by_iterable, *numbered]), None)


def when(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
