"""What would have to be different: every change that is told does what it says, and none of them is needless."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from contacts.consent.models import Erasure, List, ListMembership, MessageType
from contacts.consent.resolver.flipping import Flip, Question, flips
from contacts.consent.resolver.person import Verdicts
from contacts.consent.resolver.records import AsOf, load
from tests.consent.resolver.conftest import GITLAB, MARKETING, MESSAGE, NOON, person
from tests.consent.resolver.test_truth_table import CASES, KEY, LEFT_CHANNEL, OUT, report
from tests.factories import SubscriptionChangeFactory

pytestmark = pytest.mark.usefixtures("catalogue")
LATER = NOON.replace(year=2100)


def question(number: int) -> Question:
    types = list(MessageType.objects.select_related("channel"))
    return Question(load(KEY, AsOf()), next(one for one in types if one.iterable_id == number), types, LATER)


def told(number: int) -> dict[str, list[tuple[str, str]]]:
    asked = question(number)
    return {flip.outcome: [(change.where, change.words) for change in flip.changes] for flip in flips(asked, asked.ask())}


def came(flip: Flip, found: Verdicts) -> bool:
    will, should = found.will.allowed is True, found.should.allowed is True
    return {
        "it would be sent": will and should,
        "we might send it": should,
        "we would not send it any more": not should,
        "Iterable would not send it": not will,
        "Iterable would not send it either": not will,
    }[flip.outcome]


def faults(name: str, flipped: Iterable[Flip], asked: Question) -> Iterable[str]:
    for flip in flipped:
        if not flip.changes or not came(flip, asked.ask(flip.changes)):
            yield f"{name}: {flip.outcome} does not come by {[change.words for change in flip.changes]}"
        for left_out in flip.changes:
            if came(flip, asked.ask([change for change in flip.changes if change is not left_out])):
                yield f"{name}: {flip.outcome} comes without {left_out.words}"


@pytest.mark.parametrize("name", CASES)
def test_each_state_can_be_turned_round_and_no_change_is_needless(name: str) -> None:
    arrays, ledger, *_ = CASES[name]
    person(KEY, **arrays)
    for columns in ledger:
        SubscriptionChangeFactory.create(address_key=KEY, **columns)
    for message_type in MessageType.objects.all():
        asked = question(message_type.iterable_id or 0)
        flipped = flips(asked, asked.ask())
        assert flipped
        assert list(faults(f"{name}, {message_type}", flipped, asked)) == []


def test_who_withdrew_needs_an_act_in_the_ledger_and_the_profile_opened() -> None:
    person(KEY, **OUT)
    SubscriptionChangeFactory.create(address_key=KEY, **LEFT_CHANNEL)
    act = ("ledger", "an agreement to all marketing, by an act of the person, or of an operator with a reason")
    opened = ("profile", "no longer unsubscribed from Marketing Channel")
    assert told(MESSAGE) == {"it would be sent": [opened, act]}
    assert sorted(told(GITLAB)["it would be sent"]) == sorted([opened, act, ("profile", "opted in to GitLab Marketing")])


def test_of_who_is_exposed_both_ways_out_are_told_the_right_one_first() -> None:
    person(KEY)
    assert list(told(MESSAGE)) == ["Iterable would not send it either", "we might send it"]
    (closed,) = told(MESSAGE)["Iterable would not send it either"]
    assert closed == ("profile", "unsubscribed from Marketing Channel, which beats every type in it")


def test_of_an_address_never_heard_of_everything_that_lacks_is_told() -> None:
    agreed = ("ledger", "an agreement to GitLab Marketing, by an act of the person, or of an operator with a reason")
    assert told(GITLAB) == {"it would be sent": [agreed, ("profile", "opted in to GitLab Marketing")]}
    assert told(MESSAGE)["it would be sent"][0] == ("profile", "a profile in Iterable, seen there")


def test_nothing_turns_round_who_was_forgotten() -> None:
    person(KEY)
    Erasure.objects.create(address_key=KEY, iterable_hash="h", requested_at=NOON)
    assert told(MESSAGE) == {"it would be sent": []}


def test_a_bounce_and_a_list_are_told_with_the_list() -> None:
    person(KEY, subscribed_message_type_ids=[GITLAB])
    SubscriptionChangeFactory.create(address_key=KEY, verdict="granted", target="message_type", target_key=str(GITLAB))
    suppression = List.objects.create(iterable_id=9, name="Competitors", global_suppression=True)
    ListMembership.objects.create(list=suppression, address_key=KEY, seen_at=NOON)
    report(KEY, "hard_bounce")
    assert told(GITLAB)["it would be sent"] == [
        ("address", "an address that works: this one is reported as dead"),
        ("list", "taken off the list Competitors"),
    ]


def test_one_withdrawal_is_enough_to_stop_what_is_sent() -> None:
    person(KEY, subscribed_message_type_ids=[GITLAB])
    SubscriptionChangeFactory.create(address_key=KEY, verdict="granted", target="channel", target_key=str(MARKETING))
    assert told(GITLAB) == {"we would not send it any more": [("ledger", "a withdrawal from GitLab Marketing")]}
