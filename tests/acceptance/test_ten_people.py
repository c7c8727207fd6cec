"""Ten people, loaded through the REST API and Iterable alone, asked about in six ways."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.acceptance.asking import (
    by_checklist,
    by_explanation,
    by_page,
    by_python,
    by_rest,
    exposure,
    first_reasons,
    in_sql,
    whys,
)
from tests.acceptance.expected import EXPECTED
from tests.acceptance.ten_people import STORIES
from tests.acceptance.world import World
from tests.conftest import People

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_gets_exactly_these_verdicts_however_one_asks(ten: World, people: People) -> None:
    operator = Client()
    operator.force_login(people.technical_owner)
    assert {email: by_python(email) for email in STORIES} == EXPECTED
    assert {email: by_rest(ten, email) for email in STORIES} == EXPECTED
    assert {email: by_page(operator, email) for email in STORIES} == EXPECTED
    assert {email: by_explanation(ten, email) for email in STORIES} == EXPECTED
    assert {email: by_checklist(operator, email) for email in STORIES} == {email: whys(told) for email, told in EXPECTED.items()}
    assert {email: in_sql(email) for email in STORIES} == {email: first_reasons(told) for email, told in EXPECTED.items()}
    assert_counted(ten)


def assert_counted(world: World) -> None:
    """Of Marketing Message the fresh one and who left the other type are exposed; who opted in is mailed rightly."""
    found = exposure(world, "Marketing Message")
    assert (found["contacts"], found["will"], found["should"], found["exposed"], found["unknown"]) == (10, 3, 1, 2, 0)
    assert found["reasons"] == {"NO_EVIDENCE": 2}
    stopped = {"BOUNCED": 1, "FORGOTTEN": 1, "GLOBAL_SUPPRESSION": 1}
    assert found["blocked"] == {"NO_EVIDENCE": 2, "CHANNEL_UNSUBSCRIBED": 4, **stopped}
    found = exposure(world, "GitLab Marketing")
    assert (found["will"], found["should"], found["exposed"], found["reasons"]) == (1, 1, 0, {})
    assert found["blocked"] == {"NEVER_ASKED": 1, "WITHDREW": 1, "CHANNEL_UNSUBSCRIBED": 4, **stopped}
    found = exposure(world, "Transactional")
    assert (found["will"], found["should"], found["exposed"], found["blocked"]) == (7, 7, 0, stopped)
