"""Whatever fails, and however Iterable counts and lists it: no row that failed is called delivered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from iterable_admin.iterable.bulk import Row, settle
from iterable_admin.iterable.outcomes import Outcome
from iterable_admin.iterable.writes import Person
from tests.iterable.test_bulk import CALL

PEOPLE = [Person(email="Ann@example.com"), Person(email="ben@example.com"), Person(user_id="Uno"), Person(user_id="uno")]
OF_PERSON = ["conflict", "forgotten", "invalid", "notFound"]
OF_ROW = ["invalidData"]


@dataclass(frozen=True)
class Sent:
    person: Person
    failure: str | None
    named: bool


@st.composite
def batches(draw: st.DrawFn) -> list[Sent]:
    """Rows, some of one person, who then share what is wrong with the person."""
    wrong = {person: draw(st.sampled_from([None, None, *OF_PERSON])) for person in PEOPLE}
    named = {person: draw(st.booleans()) for person in PEOPLE}
    rows = draw(st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from([None, None, *OF_ROW])), min_size=1, max_size=8))
    return [Sent(person, wrong[person] or own, named[person]) for person, own in rows]


def lists_of(rows: Sequence[Sent], *, once: bool) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for row in rows:
        if row.failure and row.named:
            suffix, name = ("Emails", row.person.email) if row.person.email else ("UserIds", row.person.user_id)
            members = lists.setdefault(row.failure + suffix, [])
            if not once or str(name).lower() not in members:
                members.append(str(name).lower() if row.person.email else str(name))
    return lists


def answer_to(rows: Sequence[Sent], *, once: bool) -> dict[str, Any]:
    failed = sum(row.failure is not None for row in rows)
    return {"successCount": len(rows) - failed, "failCount": failed, "failedUpdates": lists_of(rows, once=once)}


def outcomes(rows: Sequence[Sent], *, once: bool) -> list[Outcome]:
    people: list[Row] = [row.person for row in rows]
    return [found.outcome for found in settle(people, answer_to(rows, once=once), CALL).rows]


@given(batches(), st.booleans())
@settings(max_examples=100, deadline=None)
def test_no_row_that_failed_is_called_delivered(rows: list[Sent], once: bool) -> None:
    found = zip(rows, outcomes(rows, once=once), strict=True)
    assert [row for row, outcome in found if row.failure and outcome is Outcome.DELIVERED] == []


@given(batches())
@settings(max_examples=100, deadline=None)
def test_where_every_failure_is_named_no_other_person_is_held_back(rows: list[Sent]) -> None:
    named = [Sent(row.person, row.failure, named=True) for row in rows]
    failed = {row.person for row in named if row.failure}
    found = zip(named, outcomes(named, once=False), strict=True)
    assert [outcome for row, outcome in found if row.person not in failed and outcome is not Outcome.DELIVERED] == []
