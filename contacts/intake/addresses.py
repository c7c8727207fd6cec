"""Which address each event's person has now: an event with a user id may tell that it is another one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from contacts.consent.moving.readdressing import heed, lock_users
from contacts.intake.people import addresses_of
from contacts.intake.work import Work
from contacts.models import Contact
from contacts.moving import News

LATE = "email: late news of an address that this GitLab user has left, taken for the one they have"


def part(work: Sequence[Work]) -> tuple[list[Work], list[Work]]:
    """Those whose user is met elsewhere, or twice, as they happened: they go one after the other. And all others at once."""
    users = Counter(item.user_id for item in work if item.user_id)
    if not users:
        return [], list(work)
    lock_users(users.keys())
    known: defaultdict[int | None, set[str]] = defaultdict(set)
    for user_id, key in Contact.objects.filter(gitlab_user_id__in=users).values_list("gitlab_user_id", "address_key"):
        known[user_id].add(key)
    alone = [item for item in work if item.user_id and (users[item.user_id] > 1 or known[item.user_id] - {item.lane})]
    one_by_one = {item.event.pk for item in alone}
    together = [item for item in work if item.event.pk not in one_by_one]
    return sorted(alone, key=lambda item: (item.at, item.event.pk)), together


def settle_address(item: Work) -> bool:
    """Whether the event goes on. It does not where its address is another user's: then somebody has to look."""
    event, user_id = item.event, item.user_id or 0
    if not item.tells_address:
        # As it is known at this moment, which may be another one than when the event came.
        item.go_to(addresses_of([user_id]).get(user_id, event.email))
        return True
    told = str(event.payload["email_as_received"])
    found = heed(News(user_id, event.email, item.at, "event", str(event.uuid), told))
    item.moved = found.moved
    item.go_to(found.email)
    item.flags += [LATE] if item.late else []
    return not found.taken
