"""Whom Iterable has forgotten and whom we erased, compared by hashes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
import requests
from django.utils import timezone

from contacts.consent.erasing.forgetting import forget
from contacts.consent.erasing.operating import send_again, unsent
from contacts.consent.erasing.reconciling import overdue, reconcile, reconcile_nightly, undecided
from contacts.consent.erasing.traces import hash_of
from contacts.consent.models import Erasure, ForgottenElsewhere
from iterable_admin.outbox.models import Delivery
from iterable_admin.sandbox import RunningSandbox
from tests.consent.erasing.conftest import ZEB
from tests.factories import ContactFactory
from tests.outbox.iterable import KEY, fail, make_user, user

pytestmark = pytest.mark.django_db(transaction=True)

Drain = Callable[[], None]


def told(sandbox: RunningSandbox, what: str, email: str) -> None:
    requests.post(f"{sandbox.url}/api/users/{what}", json={"email": email}, headers=KEY, timeout=5).raise_for_status()


def age(hours: int) -> None:
    Erasure.objects.update(requested_at=timezone.now() - timedelta(hours=hours))


def test_an_erasure_that_iterable_lists_is_confirmed(ready: RunningSandbox, drain: Drain) -> None:
    forget(ZEB, "Asked", "somebody")
    drain()
    found = reconcile()
    assert (found.confirmed, found.unconfirmed, found.elsewhere) == (1, 0, 0)
    assert Erasure.objects.get().confirmed_at is not None


def test_one_that_is_not_listed_after_a_day_is_a_problem_until_it_is(ready: RunningSandbox, drain: Drain) -> None:
    forget(ZEB, "Asked", "somebody")
    reconcile()
    assert overdue().count() == 0
    age(25)
    assert overdue().count() == 1
    drain()
    reconcile()
    assert overdue().count() == 0


def test_one_that_was_unforgotten_in_iterable_is_a_problem_again(ready: RunningSandbox, drain: Drain) -> None:
    forget(ZEB, "Asked", "somebody")
    drain()
    reconcile()
    told(ready, "unforget", ZEB)
    age(25)
    reconcile()
    assert overdue().count() == 1


def test_an_order_that_iterable_refused_is_sent_again(ready: RunningSandbox, drain: Drain) -> None:
    make_user(ready, ZEB)
    fail(ready, "/api/users/forget", 400)
    forget(ZEB, "Asked", "somebody")
    drain()
    assert unsent(Erasure.objects.all()).count() == 1
    assert send_again(Erasure.objects.all()) == 1
    drain()
    assert (user(ready, ZEB), unsent(Erasure.objects.all()).count()) == ({}, 0)


def test_one_that_iterable_took_and_lost_goes_again_with_the_address_typed_anew(ready: RunningSandbox, drain: Drain) -> None:
    forget(ZEB, "Asked", "somebody")
    drain()
    told(ready, "unforget", ZEB)
    reconcile()
    forget(ZEB, "Once more", "somebody")
    drain()
    assert (reconcile().confirmed, Delivery.objects.count()) == (1, 2)


def test_people_forgotten_in_iterable_alone_are_counted_and_contacts_among_them_need_a_decision(ready: RunningSandbox) -> None:
    contact = ContactFactory.create(email="ada@example.com")
    told(ready, "forget", "Ada@example.com")
    told(ready, "forget", "stranger@example.com")
    found = reconcile()
    assert (found.elsewhere, found.known_here) == (2, 1)
    assert [row.address_key for row in undecided()] == [contact.address_key]
    told(ready, "unforget", "ada@example.com")
    reconcile()
    assert (undecided().count(), ForgottenElsewhere.objects.count()) == (0, 1)


def test_in_a_hybrid_project_user_ids_are_compared_too(settings: Any) -> None:
    settings.ITERABLE_PROJECT_TYPE = "hybrid"
    contact = ContactFactory.create(email="ada@example.com", gitlab_user_id=4711)
    users = SimpleNamespace(forgotten=list, forgotten_user_ids=lambda: [hash_of("4711"), hash_of("4712")])
    found = reconcile(cast(Any, SimpleNamespace(users=users)))
    assert (found.elsewhere, found.known_here) == (2, 1)
    assert [(row.kind, row.address_key) for row in undecided()] == [("user_id", contact.address_key)]


def test_a_night_on_which_iterable_does_not_answer_changes_nothing(ready: RunningSandbox, drain: Drain) -> None:
    forget(ZEB, "Asked", "somebody")
    drain()
    fail(ready, "/api/users/forgotten", 400, 5)
    reconcile_nightly()
    assert Erasure.objects.get().confirmed_at is None
