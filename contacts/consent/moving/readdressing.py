"""One GitLab user under another address: what the news means, and everything that follows, in one transaction.

Who has an address is decided by when the news happened, not by when it came; a tie keeps what is known.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from contacts.consent.locking import Lock, lock_each
from contacts.consent.models import Erasure
from contacts.consent.moving.carrying import to_carry
from contacts.consent.moving.closing import close
from contacts.consent.recording import lock_addresses, record_carried
from contacts.linking import linked
from contacts.models import AddressChange, Contact
from contacts.moving import Move, News, move
from iterable_admin.addresses import address_key
from iterable_admin.outbox.enqueueing import Cause, change_of_address, enqueue

EVER = datetime.min.replace(tzinfo=UTC)

State = AddressChange.State
TAKEN = (
    "Another GitLab user is known under the new address, and we merge nobody: nothing was moved and nothing sent. The technical "
    "owner finds out in GitLab who has the address now, and replays the event once the other one is known elsewhere."
)
LATE = "Late news of an earlier address: the person has had another one since. Nothing is changed in Iterable."
OVERTAKEN = "Overtaken: the GitLab user has moved since."


@dataclass(frozen=True, slots=True)
class Found:
    """The address that is the person's now. `moved`: it is new. `taken`: somebody else has it, so nothing was done."""

    email: str
    moved: bool = False
    taken: bool = False


@transaction.atomic
def heed(news: News) -> Found:
    lock_users([news.user_id])
    there = list(
        Contact.objects.select_for_update()
        .filter(Q(gitlab_user_id=news.user_id) | Q(address_key=news.key))
        .order_by("address_key")
    )
    target = next((contact for contact in there if contact.address_key == news.key), None)
    own = current([contact for contact in there if contact.gitlab_user_id == news.user_id])
    if own is None or own is target or _is_erased(target, news):
        return Found(news.email)
    somebody_else = target is not None and target.gitlab_user_id not in (None, news.user_id)
    if own.address_at and news.at <= own.address_at:
        return _stale(news, own, link=not somebody_else)
    if somebody_else:
        _note_taken(news, own)
        return Found(news.email, taken=True)
    _change(news, own, target)
    return Found(news.email, moved=True)


def current(contacts: list[Contact]) -> Contact | None:
    """Of one GitLab user: where the latest news had them. One row, but for what was stored before changes were noticed."""
    known = [contact for contact in contacts if contact.email]
    return max(known, key=lambda contact: (contact.address_at or EVER, contact.updated_at, contact.pk), default=None)


def lock_users(user_ids: Collection[int]) -> None:
    """Two events of one user under two addresses would else both find nobody. Of several news, all at once and first."""
    lock_each(Lock.USERS, [str(user_id) for user_id in user_ids])


def _is_erased(target: Contact | None, news: News) -> bool:
    """Nobody is moved to an address that was erased: what comes for it is skipped as such."""
    return (target is not None and not target.email) or Erasure.objects.filter(address_key=news.key).exists()


def _stale(news: News, own: Contact, *, link: bool) -> Found:
    """It does not move the person back, but tells of an address that they have had: what was withdrawn there holds."""
    if link and own.address_key not in linked([news.key]).get(news.key, ()):
        lock_addresses([news.key, own.address_key])
        before = linked([news.key, own.address_key])
        change = _note(news, news.key, own.address_key, state=State.SETTLED, reason=LATE)
        close(record_carried(to_carry(change, before)), _people(news, own.email, news.email))
    return Found(own.email)


def _change(news: News, own: Contact, bare: Contact | None) -> None:
    # Whoever of the person's addresses is locked by the ledger waits here, not in the middle of it.
    before = linked([own.address_key, news.key])
    lock_addresses({own.address_key, news.key}.union(*before.values()))
    _settle_former(news.user_id)
    done = move(own, news, bare)
    change = _note(news, done.old_key, done.new_key)
    people = _people(news, done.old_email, done.new_email)
    close(record_carried(to_carry(change, before)), people)
    _enqueue(change, done, news)


def _enqueue(change: AddressChange, done: Move, news: News) -> None:
    cause = Cause("address", str(change.pk))
    [delivery] = enqueue([change_of_address(done.old_email, done.new_email, str(news.user_id), cause)])
    change.delivery = delivery.pk
    change.save(update_fields=["delivery"])


def _note_taken(news: News, own: Contact) -> None:
    """Once, however often it is told."""
    same = AddressChange.objects.filter(
        gitlab_user_id=news.user_id, old_key=own.address_key, new_key=news.key, state=State.NEEDS_YOU, one_person=False
    )
    if not same.exists():
        _note(news, own.address_key, news.key, state=State.NEEDS_YOU, reason=TAKEN, one_person=False)


def _settle_former(user_id: int) -> None:
    taken = AddressChange.objects.filter(gitlab_user_id=user_id, one_person=False, state=State.NEEDS_YOU)
    taken.update(state=State.SETTLED, reason=OVERTAKEN)


def _note(
    news: News, old: str, new: str, *, state: State = State.PENDING, reason: str = "", one_person: bool = True
) -> AddressChange:
    return AddressChange.objects.create(
        gitlab_user_id=news.user_id,
        old_key=old,
        new_key=new,
        cause=news.cause,
        cause_id=news.cause_id,
        occurred_at=news.at,
        noticed_at=timezone.now(),
        one_person=one_person,
        state=state,
        reason=reason,
    )


def _people(news: News, *emails: str) -> dict[str, tuple[str, str]]:
    return {address_key(email): (email, str(news.user_id)) for email in emails}
