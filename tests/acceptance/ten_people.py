"""Ten people and what they did, through our REST API and Iterable alone."""

from __future__ import annotations

from collections.abc import Callable

from django.core.management import call_command

from iterable_admin.sandbox.project import catalog
from journeys.mirror.refreshing import refresh
from tests.acceptance.world import World

FRESH, OPTED_IN = "fresh@example.com", "opted.in@example.com"
LEFT_TYPE, LEFT_BY_LINK = "left.type@example.com", "left.by.link@example.com"
BEFORE_EXISTING, RETENTION, CLEARED = "before.existing@example.com", "retention@example.com", "cleared@example.com"
BOUNCED, SUPPRESSED, FORGOTTEN = "bounced@example.com", "suppressed@example.com", "forgotten@example.com"
TYPES = [catalog.GITLAB_MARKETING]


def fresh(world: World) -> None:
    world.trial(FRESH)


def opted_in(world: World) -> None:
    """On a page of Iterable's, as an act of their own."""
    world.trial(OPTED_IN)
    world.come_to_rest()
    world.happen("emailSubscribe", OPTED_IN, messageTypeIds=TYPES, source="HostedPage")


def withdrew_by_type_only(world: World) -> None:
    world.trial(LEFT_TYPE)
    world.come_to_rest()
    world.happen("emailSubscribe", LEFT_TYPE, messageTypeIds=TYPES, source="HostedPage")
    world.come_to_rest()
    world.happen("emailUnSubscribe", LEFT_TYPE, messageTypeIds=TYPES)


def left_by_link(world: World, email: str = LEFT_BY_LINK) -> None:
    world.trial(email)
    world.come_to_rest()
    world.happen("emailUnSubscribe", email)
    world.come_to_rest()


def withdrew_before_existing(world: World) -> None:
    """Trap B."""
    world.marketo(BEFORE_EXISTING)
    world.come_to_rest()
    world.trial(BEFORE_EXISTING)


def deleted_and_made_anew(world: World) -> None:
    """Trap D."""
    left_by_link(world, RETENTION)
    world.retention_deletes(RETENTION)
    world.trial(RETENTION, company="Another Company")


def cleared_by_a_call(world: World) -> None:
    """Trap E."""
    left_by_link(world, CLEARED)
    world.others_call("users/updateSubscriptions", {"email": CLEARED, "unsubscribedChannelIds": []})


def hard_bounced(world: World) -> None:
    world.trial(BOUNCED)
    world.come_to_rest()
    world.happen("emailBounce", BOUNCED, recipientState="HardBounce")


def globally_suppressed(world: World) -> None:
    world.trial(SUPPRESSED)
    world.come_to_rest()
    world.others_call("lists/subscribe", {"listId": world.global_list(), "subscribers": [{"email": SUPPRESSED}]})


def forgotten(world: World) -> None:
    world.trial(FORGOTTEN)
    world.come_to_rest()
    call_command("forget", FORGOTTEN, reason="Letter of 3 March", yes=True, verbosity=0)


STORIES: dict[str, Callable[[World], None]] = {
    FRESH: fresh,
    OPTED_IN: opted_in,
    LEFT_TYPE: withdrew_by_type_only,
    LEFT_BY_LINK: left_by_link,
    BEFORE_EXISTING: withdrew_before_existing,
    RETENTION: deleted_and_made_anew,
    CLEARED: cleared_by_a_call,
    BOUNCED: hard_bounced,
    SUPPRESSED: globally_suppressed,
    FORGOTTEN: forgotten,
}


def live(world: World) -> None:
    for story in STORIES.values():
        story(world)
    world.come_to_rest()
    refresh("command")
    world.come_to_rest()
