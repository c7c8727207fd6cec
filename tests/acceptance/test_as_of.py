"""What was true at a moment, and what was known: of a withdrawal in Marketo that came an hour late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contacts.consent.models import MessageType
from contacts.consent.resolver.records import AsOf
from iterable_admin.addresses import address_key
from tests.acceptance.asking import by_page, by_python, by_rest, exposure, first_reasons
from tests.acceptance.expected import OUT_OF_THE_CHANNEL, YES, exposed, no, of
from tests.acceptance.world import World
from tests.conftest import People
from tests.consent.resolver.conftest import by_sql
from tests.sandbox.receiver import poll

pytestmark = pytest.mark.django_db(transaction=True)
PAT = "pat@example.com"
FRESH = of(no("NEVER_ASKED", ours="NO_EVIDENCE"), exposed("NO_EVIDENCE"), YES)
# Said before we heard of it: Iterable mailed on, and should not have.
SAID = of(no("WITHDREW", ours="UPSTREAM_WITHDRAWN"), exposed("UPSTREAM_WITHDRAWN"), YES)


def test_both_questions_are_answered_the_same_by_every_way(world: World, people: People) -> None:
    operator = Client()
    operator.force_login(people.technical_owner)
    world.trial(PAT)
    world.come_to_rest()
    before = timezone.now()
    # Webhooks are dated to the second: what follows is to be dated after this moment.
    poll(lambda: timezone.now().replace(microsecond=0) > before)
    world.marketo(PAT, occurred_at=(before - timedelta(hours=1)).isoformat())
    world.come_to_rest()
    assert_answers(world, operator, OUT_OF_THE_CHANNEL)
    # What had happened by then, as we know it now; and what we knew by then.
    assert_answers(world, operator, SAID, at=before)
    assert_answers(world, operator, FRESH, at=before, known_at=before)
    assert_answers(world, operator, FRESH, known_at=before)
    assert exposure(world, "Marketing Message", at=before.isoformat())["reasons"] == {"UPSTREAM_WITHDRAWN": 1}
    assert exposure(world, "Marketing Message", known_at=before.isoformat())["reasons"] == {"NO_EVIDENCE": 1}
    assert exposure(world, "Marketing Message")["exposed"] == 0


def assert_answers(world: World, operator: Client, expected: Any, **moments: datetime) -> None:
    texts = {name: moment.isoformat() for name, moment in moments.items()}
    assert by_python(PAT, **moments) == expected
    assert by_rest(world, PAT, **texts) == expected
    assert by_page(operator, PAT, **texts) == expected
    assert by_sql(address_key(PAT), AsOf(**moments)) == first_reasons(expected)


def test_a_moment_before_anything_finds_nobody_known(world: World) -> None:
    world.trial(PAT)
    world.come_to_rest()
    told = by_python(PAT, at=datetime(2020, 1, 1, tzinfo=UTC))
    assert {name: each.will for name, each in told.items()} == dict.fromkeys(
        MessageType.objects.values_list("name", flat=True), None
    )
