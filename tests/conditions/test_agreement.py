"""Everybody by SQL and each person in Python: the same answer, whatever is asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from contacts.conditions.counting import counts
from contacts.conditions.facts import Facts
from contacts.conditions.reading import as_json, read
from contacts.conditions.sql import count, people
from contacts.conditions.tracing import trace
from contacts.conditions.tree import Not
from contacts.models import Contact
from tests.conditions.people import NOW, crowd
from tests.conditions.strategies import conditions
from tests.effort import examples

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(seeded: None) -> list[tuple[Contact, Facts]]:
    return [(contact, Facts.of(contact)) for contact in crowd()]


@examples(120)
@given(told=conditions())
def test_sql_and_python_agree_on_everybody(known: list[tuple[Contact, Facts]], told: dict[str, Any]) -> None:
    condition = read(told)
    one_by_one = {contact.pk for contact, facts in known if trace(condition, facts, NOW).holds}
    assert set(people(condition, NOW).values_list("pk", flat=True)) == one_by_one
    assert count(condition, NOW) == len(one_by_one)
    assert counts([Not(condition), condition], NOW) == (len(known), [len(known) - len(one_by_one), len(one_by_one)])


@examples(100)
@given(told=conditions())
def test_a_condition_is_written_as_it_was_read(told: dict[str, Any]) -> None:
    condition = read(told)
    assert read(as_json(condition)) == condition
