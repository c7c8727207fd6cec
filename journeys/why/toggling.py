"""The fewest parts of a condition that would have to be otherwise, so that the whole of it is: read off its trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from contacts.conditions.catalogue import OF_NAMESPACE, OF_PERSON, Field
from contacts.conditions.tracing import Trace
from contacts.conditions.tree import All, Any, Compare, InList, MayReceive, Namespaces, Not, Performed
from contacts.conditions.wording import in_words
from journeys.why.checklist import Needed
from journeys.why.of_condition import got_of, namespace_of
from journeys.why.of_message_type import explain
from journeys.why.person import Person

Fields = Mapping[str, Field]
Toggles = tuple[Needed, ...]


def fewest(person: Person, found: Trace, *, wish: bool = True, fields: Fields = OF_PERSON) -> Toggles | None:
    """Empty where it is so already; None where nothing about the person can make it so."""
    if found.holds == wish:
        return ()
    condition = found.condition
    match condition:
        case Not():
            return fewest(person, found.of[0], wish=not wish, fields=fields)
        case All() | Any():
            options = [fewest(person, part, wish=wish, fields=fields) for part in found.of]
            return _together(options) if isinstance(condition, All) == wish else _shortest(options)
        case Namespaces():
            return _namespace(person, found, condition, wish=wish)
        case MayReceive(message_type) if wish:
            return _consent(person, message_type)
    return (Needed(_where(found), _words(person, found, fields, wish=wish)),)


def _together(options: list[Toggles | None]) -> Toggles | None:
    if any(option is None for option in options):
        return None
    return tuple(needed for option in options for needed in option or ())


def _shortest(options: Iterable[Toggles | None]) -> Toggles | None:
    return min((option for option in options if option is not None), key=len, default=None)


def _namespace(person: Person, found: Trace, condition: Namespaces, *, wish: bool) -> Toggles | None:
    """Of one namespace, if one more is enough: what the closest one lacks; otherwise the whole of it."""
    lacking = (condition.count if condition.quantifier == "at_least" else 1) - found.got
    if wish and condition.quantifier in ("some", "at_least") and found.of and lacking == 1 and not found.of[0].holds:
        inner = fewest(person, found.of[0], fields=OF_NAMESPACE)
        name = namespace_of(person, found)
        return None if inner is None else tuple(Needed("namespace", f"of {name}: {needed.words}") for needed in inner)
    words = in_words(condition)
    return (Needed("namespace", words if wish else f"not: {words}"),)


def _consent(person: Person, name: str) -> Toggles | None:
    message_type = next((one for one in person.types if one.name == name), None)
    flips = explain(person, message_type).flips if message_type else ()
    return flips[-1].needed or None if flips else None


def _where(found: Trace) -> str:
    match found.condition:
        case Performed():
            return "event"
        case InList():
            return "list"
        case MayReceive():
            return "ledger"
    return "field"


def _words(person: Person, found: Trace, fields: Fields, *, wish: bool) -> str:
    words = in_words(found.condition, fields)
    text = words if wish else f"not: {words}"
    now = f" (it is: {got_of(person, found, fields)})" if isinstance(found.condition, Compare) else ""
    return text + now
