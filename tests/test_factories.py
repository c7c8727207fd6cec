from __future__ import annotations

import pytest
from factory.django import DjangoModelFactory

from tests import factories

EVERY_FACTORY = DjangoModelFactory.__subclasses__()


@pytest.mark.django_db
@pytest.mark.parametrize("factory", EVERY_FACTORY, ids=lambda factory: factory.__name__)
def test_each_factory_makes_two_valid_rows(factory: type[DjangoModelFactory[object]]) -> None:
    first, second = factory.create(), factory.create()

    assert first != second


def test_an_event_stands_in_the_lane_of_its_address() -> None:
    event = factories.EventFactory.build(source=None, email="ada@example.com")

    assert event.lane == factories.ContactFactory.build(email="ada@example.com").address_key
