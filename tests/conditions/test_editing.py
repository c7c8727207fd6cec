"""One part of a condition changed at a time; what is left can be read again."""

from __future__ import annotations

from typing import Any

import pytest

from contacts.conditions.building.counting import counted, of_parts
from contacts.conditions.editing import add, lift, part_at, parts, remove, shift, sink, turn, unwrap, wrap
from contacts.conditions.reading import as_json, read
from contacts.conditions.tree import All, Condition
from iterable_admin.errors import Permanent
from tests.factories import ContactFactory

GERMAN = {"field": "country", "op": "is", "value": "Germany"}
FRENCH = {"field": "country", "op": "is", "value": "France"}
PAID = {"field": "GITLAB_PLAN_IS_PAID", "op": "is", "value": True}
HAS_PAID = {"namespaces": "some", "where": PAID}
TRIAL = {"performed": "SaaS Trials", "within_days": 30, "times": 1}
WHOLE = read({"all": [GERMAN, {"any": [HAS_PAID, {"not": FRENCH}]}, TRIAL]})


def told(condition: Condition) -> Any:
    read(as_json(condition))
    return as_json(condition)


def test_each_part_has_a_place_and_what_counts_it_among_everybody() -> None:
    found = {part.place: part for part in parts(WHOLE)}
    assert list(found) == ["", "0", "1", "1.0", "1.0.0", "1.1", "1.1.0", "2"]
    assert told(found["1.0.0"].people) == HAS_PAID
    assert told(found["1.1.0"].people) == FRENCH
    asked = read({**TRIAL, "where": {"all": [GERMAN]}})
    assert told(part_at(asked, "0.0").people) == {**TRIAL, "where": GERMAN}


def test_a_part_is_added_to_a_group_and_makes_one_of_what_is_none() -> None:
    assert told(add(All(()), "", read(GERMAN))) == {"all": [GERMAN]}
    assert told(add(read(GERMAN), "", read(FRENCH))) == {"all": [GERMAN, FRENCH]}
    assert told(add(WHOLE, "1", read(GERMAN)))["all"][1] == {"any": [HAS_PAID, {"not": FRENCH}, GERMAN]}
    plain = part_at(read(HAS_PAID), "0").condition
    assert told(add(read({"namespaces": "all"}), "", plain)) == {"namespaces": "all", "where": PAID}
    assert told(add(read(HAS_PAID), "", plain)) == {"namespaces": "some", "where": {"all": [PAID, PAID]}}
    assert told(add(read(TRIAL), "", read(GERMAN))) == {**TRIAL, "where": GERMAN}


def test_a_part_is_taken_out_and_a_not_with_what_it_held() -> None:
    assert told(remove(WHOLE, "0")) == {"all": [{"any": [HAS_PAID, {"not": FRENCH}]}, TRIAL]}
    assert told(remove(WHOLE, "1.1.0"))["all"][1] == {"any": [HAS_PAID]}
    assert told(remove(read(HAS_PAID), "0")) == {"namespaces": "some", "where": {"all": []}}
    assert told(remove(read({**TRIAL, "where": GERMAN}), "0")) == TRIAL
    assert told(remove(WHOLE, "")) == {"all": []}


def test_parts_change_places_and_go_into_groups_and_out_of_them() -> None:
    assert told(shift(WHOLE, "2", -1))["all"][1] == TRIAL
    assert told(sink(WHOLE, "2")) == {"all": [GERMAN, {"any": [HAS_PAID, {"not": FRENCH}, TRIAL]}]}
    assert told(lift(WHOLE, "1.0")) == {"all": [GERMAN, {"any": [{"not": FRENCH}]}, HAS_PAID, TRIAL]}
    assert told(wrap(read(GERMAN), "", "any")) == {"any": [GERMAN]}
    assert told(wrap(WHOLE, "0", "not"))["all"][0] == {"not": GERMAN}
    assert told(unwrap(WHOLE, "1.1"))["all"][1] == {"any": [HAS_PAID, FRENCH]}
    assert told(turn(WHOLE, "1"))["all"][1] == {"all": [HAS_PAID, {"not": FRENCH}]}
    assert told(unwrap(turn(WHOLE, "1"), "1")) == {"all": [GERMAN, HAS_PAID, {"not": FRENCH}, TRIAL]}


def test_what_cannot_be_is_refused() -> None:
    for act in (
        lambda: part_at(WHOLE, "9"),
        lambda: shift(WHOLE, "0", -1),
        lambda: shift(WHOLE, "1.0.0", 1),
        lambda: shift(WHOLE, "", 1),
        lambda: sink(WHOLE, "1"),
        lambda: sink(WHOLE, "0"),
        lambda: lift(WHOLE, "0"),
        lambda: lift(WHOLE, "1.0.0"),
        lambda: unwrap(WHOLE, "1"),
        lambda: unwrap(WHOLE, "0"),
        lambda: turn(WHOLE, "0"),
    ):
        with pytest.raises(Permanent):
            act()


@pytest.mark.django_db
def test_what_takes_long_is_counted_bit_by_bit() -> None:
    ContactFactory.create(profile={"country": "Germany"})
    named = of_parts(read({"all": [GERMAN, FRENCH]}))
    assert counted(named, seconds=0) == {"people": "1", "counts": {"whole": "0 people"}, "next": 1}
    assert counted(named, 1, seconds=0) == {"people": "1", "counts": {"0": "1 person"}, "next": 2}
    assert counted(named, 2, seconds=0) == {"people": "1", "counts": {"1": "0 people"}, "next": None}
    assert len(counted(named, seconds=None)["counts"]) == 3
