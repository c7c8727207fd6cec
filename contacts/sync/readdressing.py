"""A run that meets a known GitLab user under another address: a change of address, not somebody gone and somebody new."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from contacts.consent.moving.readdressing import current, heed, lock_users
from contacts.models import Contact
from contacts.moving import Move, News
from contacts.sync import reasons
from contacts.sync.classifying import Classified, Person, Refused, refuse
from contacts.sync.models import SyncRun, SyncState
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Settled

ACCEPTED = (Delivery.State.DELIVERED, Delivery.State.SETTLING)
ENDED_OTHERWISE = (Delivery.State.SKIPPED, Delivery.State.NEEDS_YOU)


@transaction.atomic
def follow_addresses(batch: Classified, run: SyncRun, is_read: Callable[[str], bool], before: Callable[[], None]) -> Classified:
    """Before the batch is compared, so that people are compared where they are now. Safe to repeat.

    `is_read` tells whether this run has a row of an address, `before` waits until what it read earlier is written: somebody in
    it may be concerned. Whom one run meets under several addresses is held before, and does not get here.
    """
    users = Counter(person.row.gitlab_user_id for person in batch.people if person.row.gitlab_user_id)
    lock_users(users.keys())
    if known := _elsewhere(batch.people, users):
        before()
        known = _elsewhere(batch.people, users)
    turn = _Turn(run, known, is_read)
    for person in _in_turn(batch.people, known):
        turn.take(person)
    ordered = {id(person): place for place, person in enumerate(batch.people)}
    people = [found for _, found in sorted(turn.people.items(), key=lambda item: ordered[item[0]])]
    return replace(batch, people=people, refused=[*batch.refused, *turn.refused])


def _elsewhere(people: Sequence[Person], users: Counter[int]) -> dict[int, Contact]:
    """By GitLab user, the contact of those whom the run meets once, and not where they are known."""
    by_user: defaultdict[int, list[Contact]] = defaultdict(list)
    for contact in Contact.objects.filter(gitlab_user_id__among=users).exclude(email="").defer("profile"):
        by_user[contact.gitlab_user_id or 0].append(contact)
    _note_caught_up(people, [contact for contacts in by_user.values() for contact in contacts])
    met = {person.row.gitlab_user_id or 0: person.key for person in people}
    return {
        user_id: found
        for user_id, contacts in by_user.items()
        if users[user_id] == 1
        and met[user_id] not in {contact.address_key for contact in contacts}
        and (found := current(contacts))
    }


def _note_caught_up(people: Sequence[Person], known: Sequence[Contact]) -> None:
    behind = {contact.address_key for contact in known if contact.warehouse_key}
    caught_up = [person.key for person in people if person.key in behind]
    if caught_up:
        Contact.objects.filter(address_key__in=caught_up).update(warehouse_key="")


def _in_turn(people: Sequence[Person], known: dict[int, Contact]) -> list[Person]:
    """Whoever leaves an address before whoever comes to it, as far as that goes."""
    by_user = {person.row.gitlab_user_id or 0: person for person in people}
    leaving = {contact.address_key: by_user[user_id] for user_id, contact in known.items()}
    ordered: dict[int, Person] = {}
    for person in people:
        chain = []
        step: Person | None = person
        while step is not None and id(step) not in ordered and step not in chain:
            chain.append(step)
            step = leaving.get(step.key)
        ordered |= {id(one): one for one in reversed(chain)}
    return list(ordered.values())


@dataclass
class _Turn:
    run: SyncRun
    known: dict[int, Contact]
    is_read: Callable[[str], bool]
    """Nobody is taken for one of those that were read."""

    def __post_init__(self) -> None:
        self.people: dict[int, Person] = {}
        """As they go on, by the id of the person that was read."""
        self.refused: list[Refused] = []

    def take(self, person: Person) -> None:
        contact = self.known.get(person.row.gitlab_user_id or 0)
        if contact is None:
            self.people[id(person)] = person
        elif contact.warehouse_key == person.key:
            # The warehouse is behind: it repeats what it said before the person moved.
            self._go_to(person, contact.email)
        else:
            self._heed(person)

    def _heed(self, person: Person) -> None:
        row = person.row
        found = heed(
            News(row.gitlab_user_id or 0, person.profile.email, self.run.started_at, "sync", str(self.run.pk), row.email_address)
        )
        if found.taken:
            self._refuse(person, reasons.ADDRESS_TAKEN)
        else:
            self._go_to(person, found.email)

    def _go_to(self, person: Person, email: str) -> None:
        if email == person.profile.email:
            self.people[id(person)] = person
            return
        profile = person.profile.at(email)
        if self.is_read(profile.key):
            self._refuse(person, reasons.TWO_ROWS_ONE_MAILBOX)
        else:
            self.people[id(person)] = replace(person, profile=profile)

    def _refuse(self, person: Person, code: str) -> None:
        self.refused.append(refuse(person.row, code, reasons.WORDS[code]))


def take_states_along(done: Move) -> None:
    """What Iterable accepted stands on the profile, which is about to have the new address."""
    carry_states(done.old_key, done.new_key)


def carry_states(old_key: str, new_key: str) -> None:
    states = SyncState.objects.filter(address_key=old_key)
    if definitions := list(states.values_list("definition", flat=True)):
        SyncState.objects.filter(address_key=new_key, definition__in=definitions).delete()
        states.update(address_key=new_key)


def settle_changes(settled: Sequence[Settled]) -> None:
    """Updates of the old address may have been accepted while the change waited; and where there was none, nothing holds."""
    for row in (item.delivery for item in settled if item.delivery.operation == Delivery.Operation.CHANGE_ADDRESS):
        if row.state in ACCEPTED:
            carry_states(row.joined_lane, row.lane)
        elif row.state in ENDED_OTHERWISE:
            SyncState.objects.filter(address_key=row.lane).update(fingerprint="", accepted={})
