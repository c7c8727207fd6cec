"""Profiles in Iterable, in the window, left behind: counted after what changes them, and not more often."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.models import Listing, Presence
from contacts.sync.headcounts import count_heads, latest
from contacts.sync.models import Headcount, SyncDefinition, SyncState
from contacts.sync.seed import seed_sync
from tests.factories import SyncRunFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def definition() -> SyncDefinition:
    seed_sync()
    return SyncDefinition.objects.get(slug="namespace-information")


def stand(definition: SyncDefinition, key: str, *, gone: str = "", present: bool | None = None) -> None:
    now = timezone.now()
    SyncState.objects.create(definition=definition, address_key=key, gone=gone, gone_at=now if gone else None)
    if present is not None:
        Presence.objects.create(address_key=key, present=present, seen_at=now, how="export")


def test_the_three_figures(definition: SyncDefinition) -> None:
    stand(definition, "a", present=True)
    stand(definition, "b", present=False)
    stand(definition, "c", gone="left", present=True)
    stand(definition, "d", gone="vanished", present=False)
    found = count_heads()
    assert found
    assert (found.in_iterable, found.in_window, found.left_behind) == (2, 2, 1)


def test_nothing_is_counted_twice_until_something_ends(definition: SyncDefinition) -> None:
    assert count_heads() is not None
    assert count_heads() is None
    SyncRunFactory.create(definition=definition, finished_at=timezone.now())
    assert count_heads() is not None
    Listing.objects.create(started_at=timezone.now(), ended_at=timezone.now())
    assert count_heads() is not None
    assert count_heads() is None


def test_an_hour_is_the_longest_and_old_counts_go(definition: SyncDefinition) -> None:
    now = timezone.now()
    for age in (timedelta(days=61), timedelta(minutes=61)):
        Headcount.objects.create(counted_at=now - age, in_iterable=0, in_window=0, left_behind=0)
    newest = count_heads()
    assert newest is not None
    assert newest == latest()
    assert Headcount.objects.count() == 2


def test_without_a_sync_there_is_nothing_to_count() -> None:
    assert count_heads() is None
    assert latest() is None
