"""What can be asked of a person, as a tree. Values only: how it is read, run and told stands in the modules beside this one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Value = str | int | float | bool | list[str]
Quantifier = Literal["some", "all", "none", "at_least"]
Side = Literal["should", "will"]


@dataclass(frozen=True, slots=True)
class All:
    """True of everybody where there is nothing in it."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """True of nobody where there is nothing in it."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Whoever `of` is not true of: those of whom it is not known, too."""

    of: Condition


@dataclass(frozen=True, slots=True)
class Compare:
    """`operator` is one of the field's type; `value` is None for `known` and `unknown`."""

    field: str
    operator: str
    value: Value | None = None


@dataclass(frozen=True, slots=True)
class Namespaces:
    """How many of the person's namespaces `where` is true of: one namespace has to satisfy all of it.

    `all` is true only of somebody who has a namespace, and `none` also of somebody who has none.
    """

    quantifier: Quantifier
    where: Condition
    count: int = 1
    """Of `at_least`."""


@dataclass(frozen=True, slots=True)
class Performed:
    """An event that came in, `times` at least, in the days before now (None: ever), each with fields of which `where` is true."""

    event: str
    within_days: float | None = None
    times: int = 1
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class InList:
    """By Iterable's id, as the person's profile was last seen, or the list was last downloaded."""

    list_id: int


@dataclass(frozen=True, slots=True)
class MayReceive:
    """A message type by name. `should`: we may send it; `will`: Iterable sends it if asked."""

    message_type: str
    side: Side = "should"


Condition = All | Any | Not | Compare | Namespaces | Performed | InList | MayReceive
