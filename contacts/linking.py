"""Which addresses are, or were, one person's: joined by changes of address, one after the other."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from contacts.models import AddressChange, Contact

Links = dict[str, set[str]]
# Old key, new key, and the GitLab user, who is nobody any more once they were erased.
Edge = tuple[str, str, int | None]


def linked(keys: Collection[str]) -> Links:
    """By address key, the other addresses of the same person, for those that have any."""
    if not keys:
        return {}
    edges: set[Edge] = set()
    frontier, known = set(keys), set(keys)
    while frontier:
        found = AddressChange.objects.filter(Q(old_key__among=frontier) | Q(new_key__among=frontier), one_person=True).order_by()
        news = set(found.values_list("old_key", "new_key", "gitlab_user_id")) - edges
        edges |= news
        frontier = {key for old, new, _ in news for key in (old, new)} - known
        known |= frontier
    return _reachable(keys, edges) if edges else {}


def _reachable(keys: Collection[str], edges: Collection[Edge]) -> Links:
    strangers = _strangers(edges)
    neighbours: dict[str, set[str]] = {}
    for old, new, user_id in edges:
        neighbours.setdefault(old, set()).update({new} - strangers.get(user_id, set()))
        neighbours.setdefault(new, set()).update({old} - strangers.get(user_id, set()))
    return {key: others for key in keys if (others := _walk(key, neighbours) - {key})}


def _strangers(edges: Collection[Edge]) -> dict[int | None, set[str]]:
    """By user, the addresses that somebody else has by now: what this user says does not concern them any more."""
    keys = {key for old, new, _ in edges for key in (old, new)}
    holders = Contact.objects.filter(address_key__among=keys, gitlab_user_id__isnull=False)
    held = set(holders.values_list("address_key", "gitlab_user_id"))
    return {user_id: {key for key, holder in held if holder != user_id} for _, _, user_id in edges}


def _walk(start: str, neighbours: Links) -> set[str]:
    reached, frontier = {start}, {start}
    while frontier:
        frontier = {other for key in frontier for other in neighbours.get(key, ())} - reached
        reached |= frontier
    return reached
