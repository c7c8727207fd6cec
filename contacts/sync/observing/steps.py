"""One kind of question that a comparison puts to Iterable about each of its people, and what it does with the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from contacts.consent.erasing.marks import erased_for_good
from contacts.sync.models import ComparedPerson, ObserveComparison

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step(Generic[T]):
    waiting: dict[str, Any]
    """Whose turn it is: a filter of people."""
    read: Callable[[Sequence[str], float], Iterator[list[T]]]
    """Addresses and seconds in; answers out, some at a time."""
    settle: Callable[[ObserveComparison, Sequence[ComparedPerson], Sequence[T]], None]
    """Writes down what was answered. Called with the comparison locked."""
    given_up: dict[str, Any]
    """What somebody becomes who is never answered."""
    counter: str
    """Of the comparison: how many these are."""


def still_there(held: ObserveComparison, people: Sequence[ComparedPerson], waiting: dict[str, Any]) -> dict[str, ComparedPerson]:
    """By address: whoever was erased meanwhile is not written about, and nobody is erased until this is committed."""
    erased = erased_for_good([person.address_key for person in people])
    rows = held.persons.filter(pk__in=[person.pk for person in people], **waiting)
    return {person.email: person for person in rows if person.email and person.address_key not in erased}
