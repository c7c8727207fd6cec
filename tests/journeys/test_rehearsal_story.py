"""Twenty people over a graph with every kind of step, worked out by hand: now, and as of a moment before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contacts.models import Contact
from iterable_admin.inbox.models import Event
from journeys.definition.graph import Delay, Experiment, Graph, HoldUntil, Variant
from journeys.rehearsal.questions import Share
from journeys.rehearsal.scene import Scene
from tests.consent.resolver.conftest import GITLAB, catalogue, see
from tests.factories import ContactFactory, EventFactory, MembershipFactory
from tests.journeys.rehearsing import both, chain, exactly, in_words, mail, rule, split

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PAID: dict[str, Any] = {"namespaces": "some", "where": {"field": "GITLAB_PLAN_IS_PAID", "op": "is", "value": True}}
GERMAN = {"field": "country", "op": "is", "value": "Germany"}
__all__ = ["catalogue"]


def person(country: str = "France", *, paid: bool = False, began: int = 1, days_old: int = 5, **arrays: Any) -> Contact:
    """Began a trial so many days ago; opted in to the type that needs it."""
    contact: Contact = ContactFactory.create(profile={"country": country}, account_created_at=NOW - days_old * DAY)
    EventFactory.create(email=contact.email, lane=contact.address_key, received_at=NOW - began * DAY, state="done")
    MembershipFactory.create(contact=contact, information={"GITLAB_PLAN_IS_PAID": paid})
    see(contact.address_key, NOW - 30 * DAY, **{"subscribed_message_type_ids": [GITLAB], **arrays})
    return contact


def journey() -> Graph:
    """Receipts are transactional: whoever is in Iterable gets them."""
    steps = (
        split("where", germany=GERMAN),
        mail("hallo", "Transactional"),
        mail("hello", "Transactional"),
        Delay("wait", "wait", 60 * 24),
        mail("late", "Transactional"),
        HoldUntil("back", "back", 24, "Login"),
        mail("thanks", "Transactional"),
        mail("sorry", "Transactional"),
    )
    edges = (("where", "germany", "hallo"), ("where", "else", "hello"), ("hallo", "next", "wait"))
    ways = (("back", "happened", "thanks"), ("back", "timeout", "sorry"), ("thanks", "next", "gone"))
    return chain(*steps, edges=(*edges, *ways), exit_rules=(rule("paid", **PAID),))


@pytest.fixture
def twenty(db: None) -> None:
    for _ in range(6):
        person("Germany")
    for _ in range(5):
        person("France")
    for _ in range(3):
        person("France", paid=True)
    for _ in range(2):
        person("Germany", days_old=50)
    person("France", present=False)
    person("Germany", unsubscribed_channel_ids=[12])
    ContactFactory.create(profile={"country": "Germany"})
    person("Germany", began=-1)


def test_now_every_branch_block_and_exit(twenty: None) -> None:
    """Of twenty, one never began a trial and one has not yet. Three are on a paid plan, and leave as they come.

    By the sixtieth day all are out of the window: those fifty days old, and those five days old, too.
    """
    told = in_words(both(Scene(journey(), NOW)))
    assert told == {
        "start entered": (18, 18),
        "where left paid": (3, 3),
        "where reached": (15, 15),
        "where germany": (9, 9),
        "where else": (6, 6),
        "hallo reached": (9, 9),
        "hallo sent": (8, 8),
        "hallo blocked CHANNEL_UNSUBSCRIBED seen in Iterable": (1, 1),
        "hello reached": (6, 6),
        "hello sent": (5, 5),
        "hello blocked NOT_IN_ITERABLE": (1, 1),
        "wait reached": (15, 15),
        "late reached": (15, 15),
        "late blocked AGED_OUT": (13, 13),
        "late blocked CHANNEL_UNSUBSCRIBED seen in Iterable": (1, 1),
        "late blocked NOT_IN_ITERABLE": (1, 1),
        "back reached": (15, 15),
        "back happened": (0, 15),
        "back timeout": (0, 15),
        "thanks reached": (0, 15),
        "thanks blocked AGED_OUT": (0, 13),
        "thanks blocked CHANNEL_UNSUBSCRIBED seen in Iterable": (0, 1),
        "thanks blocked NOT_IN_ITERABLE": (0, 1),
        "sorry reached": (0, 15),
        "sorry blocked AGED_OUT": (0, 13),
        "sorry blocked CHANNEL_UNSUBSCRIBED seen in Iterable": (0, 1),
        "sorry blocked NOT_IN_ITERABLE": (0, 1),
    }


def test_as_of_a_moment_only_who_had_begun_by_then(twenty: None) -> None:
    Contact.objects.update(created_at=NOW - 40 * DAY)
    before = person("Germany", began=20)
    Contact.objects.filter(pk=before.pk).update(created_at=NOW - 40 * DAY)
    told = exactly(both(Scene(chain(mail("hello", "Transactional")), NOW - 10 * DAY, past=True)))
    assert told == {"start entered": 1, "hello reached": 1, "hello sent": 1}


def test_an_experiment_divides_by_a_hash_that_python_and_the_database_share(twenty: None) -> None:
    half = Experiment("half", "half", (Variant("a", "a", 50), Variant("b", "b", 50)))
    told = exactly(both(Scene(chain(half), NOW)))
    began = Contact.objects.filter(email__in=_began()).values_list("address_key", flat=True)
    chosen = sum(Share("half", 50).holds(key) for key in began)
    assert (told.get("half a", 0), told.get("half b", 0)) == (chosen, 18 - chosen)


def _began() -> list[str]:
    return list(Event.objects.filter(received_at__lte=NOW).values_list("email", flat=True))
