"""Look at people in Iterable: those whom we wrote to, or heard of, since they were last seen, and what look-ups answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db.models import Exists, IntegerField, Max, OuterRef
from django.db.models.functions import Cast
from django.utils import timezone

from contacts.consent.models import Erasure, ObservedProfile, ProfileObservation
from contacts.consent.observing import Sighting, absent, observe
from contacts.models import Contact
from iterable_admin.addresses import address_key
from iterable_admin.errors import Misconfigured
from iterable_admin.iterable.reads import User
from iterable_admin.outbox.departing import is_allowed
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.profile_reading import Read, read_profiles
from iterable_admin.outbox.reading_side_by_side import may_read
from iterable_admin.outbox.registry import Settled

Operation = Delivery.Operation
TELLING = (Operation.PROFILE, Operation.UNSUBSCRIBE, Operation.SUBSCRIBE, Operation.CHANGE_ADDRESS)
# A profile is visible seconds after it was accepted, at worst minutes; until then "not found" means nothing.
PATIENCE = timedelta(minutes=10)
# What was missed for longer is found by the nightly reconciliation.
LOOK_BACK = timedelta(days=2)
MOST, SECONDS = 1_000, 20
SOURCE = "look_up"


def note_look_ups(settled: Sequence[Settled]) -> None:
    """The settler: what a look-up answered is a sight of the whole profile."""
    answered = [item for item in settled if item.delivery.operation == Operation.LOOK_UP and "asked_at" in item.result]
    observe(
        [
            sighting_of(item.delivery.lane, item.result["user"], item.result["asked_at"], str(item.delivery.pk))
            for item in answered
        ]
    )


def sighting_of(key: str, user: User | None, at: datetime, cause_id: str = "", source: str = SOURCE) -> Sighting:
    """Of a whole profile: an array that it does not have is empty."""
    if user is None:
        return absent(key, at, source, cause_id)
    return Sighting(
        key,
        at,
        source,
        True,
        user.list_ids,
        user.unsubscribed_channel_ids,
        user.unsubscribed_message_type_ids,
        user.subscribed_message_type_ids,
        cause_id,
    )


@dataclass(frozen=True, slots=True)
class Due:
    email: str
    written_at: datetime | None = None
    """When Iterable accepted something for the person."""


def look_again(seconds: float = SECONDS, most: int = MOST) -> int:
    """For the schedule. Returns how many people were seen. Nothing is asked while halted, and nothing is changed."""
    if not may_read():
        return 0
    due = due_people(most)
    try:
        return sum(_keep(reads, due) for reads in read_profiles([person.email for person in due.values()], seconds))
    except Misconfigured:
        return 0


def _keep(reads: Sequence[Read], due: Mapping[str, Due]) -> int:
    seen = [read for read in reads if read.user is not None or not _too_early(due[address_key(read.email)], read)]
    observe([sighting_of(address_key(read.email), read.user, read.asked_at) for read in seen])
    return len(seen)


def _too_early(person: Due, read: Read) -> bool:
    return person.written_at is not None and read.asked_at < person.written_at + PATIENCE


def due_people(most: int) -> dict[str, Due]:
    """By address key; those who withdrew first, then who was never seen since we wrote, then of whom webhooks told a part."""
    found = {key: Due(email, at) for key, email, at in _written(most)}
    for key, email in _heard_of(most):
        found.setdefault(key, Due(email))
    spared = set(Erasure.objects.filter(address_key__in=found).values_list("address_key", flat=True))
    asked = ((key, person) for key, person in found.items() if key not in spared and is_allowed(person.email))
    return dict(islice(asked, most))


def _written(most: int) -> list[tuple[str, str, datetime]]:
    """By address, and when something was last accepted for it; without those who were seen since."""
    now = timezone.now()
    seen = ObservedProfile.objects.filter(address_key=OuterRef("lane"), confirmed_at__gte=OuterRef("accepted_at"))
    accepted = Delivery.objects.filter(
        ~Exists(seen),
        operation__in=TELLING,
        state=Delivery.State.DELIVERED,
        ended_at__gte=now - LOOK_BACK,
        accepted_at__lte=now - timedelta(seconds=settings.ITERABLE_SETTLE_SECONDS),
    ).exclude(email="")
    people = (
        accepted.order_by().values("lane", "email").annotate(at=Max("accepted_at"), first=Max(Cast("withdrawal", IntegerField())))
    )
    return list(people.order_by("-first", "at").values_list("lane", "email", "at")[:most])


def _heard_of(most: int) -> list[tuple[str, str]]:
    """A webhook tells what changed, and maybe not in order: the whole profile is looked at once after it."""
    seen = ObservedProfile.objects.filter(address_key=OuterRef("address_key"), confirmed_at__gte=OuterRef("received_at"))
    told = ProfileObservation.objects.filter(~Exists(seen), source="webhook", received_at__gte=timezone.now() - LOOK_BACK)
    people = Contact.objects.filter(address_key__in=told.values("address_key")).exclude(email="")
    return list(people.values_list("address_key", "email")[:most])
