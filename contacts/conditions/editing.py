"""A condition with one part changed: added, taken out, moved, put into a group. Values in, values out.

A part is named by its place: the numbers of the parts that lead to it, such as `0.2`; the whole is the empty place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from contacts.conditions.catalogue import OF_EVENT, OF_NAMESPACE, OF_PERSON, Field
from contacts.conditions.tree import All, Any, Condition, Namespaces, Not, Performed
from iterable_admin.errors import Permanent

Fields = Mapping[str, Field]
EVERYBODY = All(())
GONE = "There is no such part any more: somebody changed the condition meanwhile. Look at it again."


@dataclass(frozen=True, slots=True)
class Part:
    """`people`: what can be asked of everybody, that counts it: for a part of a namespace, whoever has one such."""

    place: str
    condition: Condition
    fields: Fields
    people: Condition
    siblings: int = 1

    @property
    def number(self) -> int:
        return int(self.place.rpartition(".")[2] or 0)

    @property
    def holds(self) -> bool:
        """Whether parts can be added to it without being put into a group first."""
        return isinstance(self.condition, All | Any | Namespaces | Performed)


def parts(condition: Condition) -> list[Part]:
    """The whole and all its parts, as they are read."""
    return list(_walk(Part("", condition, OF_PERSON, condition), lambda inner: inner))


def part_at(condition: Condition, place: str) -> Part:
    """Raises Permanent."""
    found = next((part for part in parts(condition) if part.place == place), None)
    if found is None:
        raise Permanent(GONE)
    return found


def put(condition: Condition, place: str, new: Condition) -> Condition:
    """`new` in place of the part."""
    part_at(condition, place)
    return _at(condition, _numbers(place), lambda _: new)


def add(condition: Condition, place: str, new: Condition) -> Condition:
    """Into the part, which becomes a group `all of` where it is none."""
    part_at(condition, place)
    return _at(condition, _numbers(place), lambda part: _with(part, new))


def remove(condition: Condition, place: str) -> Condition:
    """Without the part; the whole becomes everybody, and what held it alone asks for nothing more."""
    part_at(condition, place)
    if not place:
        return EVERYBODY
    above, _, last = place.rpartition(".")
    holder = part_at(condition, above).condition
    match holder:
        case All(of):
            return put(condition, above, All(_but(of, int(last))))
        case Any(of):
            return put(condition, above, Any(_but(of, int(last))))
        case Namespaces():
            return put(condition, above, replace(holder, where=EVERYBODY))
        case Performed():
            return put(condition, above, replace(holder, where=None))
    return remove(condition, above)


def shift(condition: Condition, place: str, by: int) -> Condition:
    """Among those beside it: -1 further up, 1 further down."""
    above, _, last = place.rpartition(".")
    holder, number = part_at(condition, above).condition, part_at(condition, place).number
    if not last or not isinstance(holder, All | Any) or not 0 <= number + by < len(holder.of):
        raise Permanent("It cannot go further that way.")
    moved = list(_but(holder.of, number))
    moved.insert(number + by, holder.of[number])
    return put(condition, above, replace(holder, of=tuple(moved)))


def sink(condition: Condition, place: str) -> Condition:
    """Into the group that stands just above it."""
    above, _, last = place.rpartition(".")
    holder, part = part_at(condition, above).condition, part_at(condition, place)
    group = holder.of[part.number - 1] if last and isinstance(holder, All | Any) and part.number else None
    if not isinstance(holder, All | Any) or not isinstance(group, All | Any):
        raise Permanent("There is no group just above it.")
    of = list(_but(holder.of, part.number))
    of[part.number - 1] = replace(group, of=(*group.of, part.condition))
    return put(condition, above, replace(holder, of=tuple(of)))


def lift(condition: Condition, place: str) -> Condition:
    """Out of its group, to stand just below it."""
    above = place.rpartition(".")[0]
    group = part_at(condition, above)
    outer = part_at(condition, above.rpartition(".")[0]).condition if above else None
    if not isinstance(outer, All | Any) or not isinstance(group.condition, All | Any):
        raise Permanent("It stands in no group of a group.")
    part = part_at(condition, place)
    left = replace(group.condition, of=_but(group.condition.of, part.number))
    of = (*outer.of[: group.number], left, part.condition, *outer.of[group.number + 1 :])
    return put(condition, above.rpartition(".")[0], replace(outer, of=of))


def wrap(condition: Condition, place: str, kind: str) -> Condition:
    """`kind`: `all`, `any` or `not`."""
    make: dict[str, Callable[[Condition], Condition]] = {
        "all": lambda part: All((part,)),
        "any": lambda part: Any((part,)),
        "not": Not,
    }
    return put(condition, place, make[kind](part_at(condition, place).condition))


def unwrap(condition: Condition, place: str) -> Condition:
    """What a group or a `not` holds, in its place: in a group of the same kind among the others, otherwise as `all of`."""
    part = part_at(condition, place)
    if isinstance(part.condition, Not):
        return put(condition, place, part.condition.of)
    if not isinstance(part.condition, All | Any):
        raise Permanent("It is no group.")
    if len(part.condition.of) == 1:
        return put(condition, place, part.condition.of[0])
    above = part_at(condition, place.rpartition(".")[0]) if place else None
    if above is None or type(above.condition) is not type(part.condition) or not isinstance(above.condition, All | Any):
        raise Permanent("Its parts stand together for a reason: take out all but one first, or change its kind.")
    of = above.condition.of
    return put(
        condition, above.place, replace(above.condition, of=(*of[: part.number], *part.condition.of, *of[part.number + 1 :]))
    )


def turn(condition: Condition, place: str) -> Condition:
    """`all of` into `any of`, and back."""
    match part_at(condition, place).condition:
        case All(of):
            return put(condition, place, Any(of))
        case Any(of):
            return put(condition, place, All(of))
    raise Permanent("It is no group.")


def _walk(part: Part, people: Callable[[Condition], Condition]) -> Iterator[Part]:
    """`people` makes of a part what can be asked of everybody."""
    yield part
    match part.condition:
        case All(of) | Any(of):
            yield from _each(part, of, part.fields, people)
        case Not(inner):
            yield from _each(part, (inner,), part.fields, people)
        case Namespaces(where=where) if where != EVERYBODY:
            yield from _each(part, (where,), OF_NAMESPACE, lambda inner: Namespaces("some", inner))
        case Performed(event, days, where=where) if where is not None:
            yield from _each(part, (where,), OF_EVENT, lambda inner: Performed(event, days, 1, inner))


def _each(above: Part, of: tuple[Condition, ...], fields: Fields, people: Callable[[Condition], Condition]) -> Iterator[Part]:
    for number, one in enumerate(of):
        place = f"{above.place}.{number}" if above.place else str(number)
        yield from _walk(Part(place, one, fields, people(one), len(of)), people)


def _at(condition: Condition, numbers: list[int], act: Callable[[Condition], Condition]) -> Condition:
    if not numbers:
        return act(condition)
    first, *rest = numbers
    match condition:
        case All(of) | Any(of):
            inner = tuple(_at(part, rest, act) if number == first else part for number, part in enumerate(of))
            return replace(condition, of=inner)
        case Not(part):
            return Not(_at(part, rest, act))
        case Namespaces() | Performed() if condition.where is not None:
            return replace(condition, where=_at(condition.where, rest, act))
    raise Permanent(GONE)


def _with(part: Condition, new: Condition) -> Condition:
    match part:
        case All(of) | Any(of):
            return replace(part, of=(*of, new))
        case Namespaces():
            return replace(part, where=_beside(part.where, new))
        case Performed():
            return replace(part, where=new if part.where is None else _beside(part.where, new))
    return All((part, new))


def _beside(where: Condition, new: Condition) -> Condition:
    if where == EVERYBODY:
        return new
    return All((*where.of, new)) if isinstance(where, All) else All((where, new))


def _but(of: tuple[Condition, ...], number: int) -> tuple[Condition, ...]:
    return of[:number] + of[number + 1 :]


def _numbers(place: str) -> list[int]:
    return [int(one) for one in place.split(".")] if place else []
