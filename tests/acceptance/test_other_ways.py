"""The same states reached otherwise: webhooks lost or nameless, profiles made by others, people forgotten in Iterable alone."""

from __future__ import annotations

import pytest
from django.test import Client

from contacts.consent.erasing.reconciling import reconcile as compare_forgotten
from contacts.intake.reconciling import reconcile
from contacts.models import Contact
from iterable_admin.sandbox.project import catalog
from journeys.mirror.refreshing import refresh
from tests.acceptance.asking import Answer, Answers, by_page, by_python, by_rest, first_reasons, in_sql
from tests.acceptance.expected import EXPECTED, OUT_OF_THE_CHANNEL, YES, exposed, no, of
from tests.acceptance.ten_people import (
    BEFORE_EXISTING,
    BOUNCED,
    CLEARED,
    FORGOTTEN,
    LEFT_BY_LINK,
    SUPPRESSED,
    forgotten,
    left_by_link,
)
from tests.acceptance.world import World
from tests.conftest import People

pytestmark = pytest.mark.django_db(transaction=True)
PAT = "pat@example.com"
HOOK = 53_761


def assert_told(world: World, email: str, expected: Answers, operator: Client | None = None) -> None:
    assert (by_python(email), by_rest(world, email)) == (expected, expected)
    assert in_sql(email) == first_reasons(expected)
    if operator:
        assert by_page(operator, email) == expected


def lose_webhooks(world: World) -> None:
    world.others_call("webhooks", {"id": HOOK, "enabled": False})


def night(world: World) -> None:
    found = reconcile("command")
    assert (found.state, found.error) == ("completed", "")
    world.come_to_rest()


def test_who_withdrew_and_was_then_made_by_others_is_opted_out_the_next_night(world: World) -> None:
    unsubscribe = world.marketo(BEFORE_EXISTING)
    world.come_to_rest()
    assert by_python(BEFORE_EXISTING)["Marketing Message"] == Answer(False, ["NOT_IN_ITERABLE"], False, ["UPSTREAM_WITHDRAWN"])
    world.others_call("users/update", {"email": BEFORE_EXISTING, "dataFields": {"madeBy": "another system"}})
    night(world)
    assert_told(world, BEFORE_EXISTING, OUT_OF_THE_CHANNEL)
    unsubscribe.refresh_from_db()
    assert (unsubscribe.state, Contact.objects.get().email) == ("done", BEFORE_EXISTING)


def test_a_profile_that_only_iterable_knows_counts_from_the_next_night_on(world: World) -> None:
    world.others_call("users/update", {"email": PAT, "dataFields": {"madeBy": "another system"}})
    night(world)
    assert_told(world, PAT, of(no("NEVER_ASKED", ours="NO_EVIDENCE"), exposed("NO_EVIDENCE"), YES))


def test_a_link_and_a_call_that_no_webhook_told_are_found_at_night(world: World) -> None:
    for email in (LEFT_BY_LINK, CLEARED):
        world.trial(email)
    world.come_to_rest()
    lose_webhooks(world)
    world.happen("emailUnSubscribe", LEFT_BY_LINK)
    world.happen("emailUnSubscribe", CLEARED)
    world.others_call("users/updateSubscriptions", {"email": CLEARED, "unsubscribedChannelIds": []})
    night(world)
    for email in (LEFT_BY_LINK, CLEARED):
        assert_told(world, email, OUT_OF_THE_CHANNEL)
        assert world.profile(email)["unsubscribedChannelIds"] == [catalog.MARKETING_CHANNEL]


def test_until_a_cleared_array_is_filled_again_its_person_is_exposed(world: World) -> None:
    left_by_link(world, CLEARED)
    world.others_call("users/updateSubscriptions", {"email": CLEARED, "unsubscribedChannelIds": []})
    world.told_everything()
    world.read_inbox()
    assert_told(world, CLEARED, of(no("WITHDREW", ours="UPSTREAM_WITHDRAWN"), exposed("UPSTREAM_WITHDRAWN"), YES))
    world.come_to_rest()
    assert_told(world, CLEARED, OUT_OF_THE_CHANNEL)


def test_a_bounce_that_names_its_person_by_user_id_alone(world: World) -> None:
    world.post("events/saas-trial/", {"email": BOUNCED, "userId": "17", "firstName": "Pat"})
    world.come_to_rest()
    fields = {"recipientState": "HardBounce", "createdAt": "2026-01-10 12:00:00 +00:00"}
    world.post("webhooks/iterable/", {"eventName": "emailBounce", "userId": "17", "dataFields": fields})
    world.come_to_rest()
    assert_told(
        world,
        BOUNCED,
        of(no("BOUNCED", "NEVER_ASKED", ours="NO_EVIDENCE"), no("BOUNCED", ours="NO_EVIDENCE"), no("BOUNCED")),
    )


def test_forgotten_in_iterable_alone_is_forgotten_from_the_next_comparison_on(world: World, people: People) -> None:
    operator = Client()
    operator.force_login(people.technical_owner)
    world.trial(PAT)
    world.come_to_rest()
    world.others_call("users/forget", {"email": PAT})
    compare_forgotten()
    told = by_python(PAT).values()
    assert [(each.will, each.why_not[0], each.should, each.why_should_not[0]) for each in told] == [
        (False, "FORGOTTEN", False, "FORGOTTEN")
    ] * 3
    assert_told(world, PAT, by_python(PAT), operator)


def test_who_was_forgotten_here_is_not_brought_back_by_the_night_or_by_an_event(world: World) -> None:
    forgotten(world)
    world.come_to_rest()
    world.trial(FORGOTTEN, company="Once more")
    world.come_to_rest()
    night(world)
    compare_forgotten()
    assert_told(world, FORGOTTEN, EXPECTED[FORGOTTEN])
    assert (Contact.objects.count(), world.profile(FORGOTTEN)) == (0, {})


def test_an_opt_out_of_the_opt_out_type_alone_outlives_retention(world: World) -> None:
    world.trial(PAT)
    world.come_to_rest()
    world.happen("emailUnSubscribe", PAT, messageTypeIds=[catalog.MARKETING_MESSAGE])
    world.come_to_rest()
    world.retention_deletes(PAT)
    world.trial(PAT, company="Another Company")
    world.come_to_rest()
    assert world.profile(PAT)["unsubscribedMessageTypeIds"] == [catalog.MARKETING_MESSAGE]
    assert by_python(PAT)["Marketing Message"] == no("TYPE_UNSUBSCRIBED")


def test_a_list_that_becomes_a_global_one_stops_whoever_is_on_it(world: World) -> None:
    newsletter = 1_284_301
    world.trial(PAT)
    world.come_to_rest()
    world.others_call("lists/subscribe", {"listId": newsletter, "subscribers": [{"email": PAT}]})
    world.come_to_rest()
    assert by_python(PAT)["Transactional"] == YES
    world.on_iterables_screen("lists", {"listId": newsletter, "isGlobalSuppressionEnabled": True})
    refresh("command")
    assert_told(world, PAT, EXPECTED[SUPPRESSED])
