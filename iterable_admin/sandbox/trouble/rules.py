"""One fault: which calls it strikes, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from iterable_admin.sandbox.answers import Request
from iterable_admin.sandbox.calls import emails_named
from iterable_admin.sandbox.trouble.partial import BULK

RESET = 0
"""Stands for a status: the connection is reset and no answer comes."""
FORMS = ("envelope", "text", "html", "echo")
ROWS = ("named", "counted")
KINDS: dict[str, tuple[type, ...]] = {
    "path": (str,),
    "method": (str,),
    "person": (str,),
    "status": (int,),
    "times": (int,),
    "applied": (bool,),
    "seconds": (int, float),
    "retry_after": (int,),
    "form": (str,),
    "rows": (str,),
    "every": (int,),
}


@dataclass(slots=True)
class Rule:
    """Struck are calls whose path begins with `path`, of this method and about this person, if those are given."""

    path: str = "/api/"
    method: str | None = None
    person: str | None = None
    status: int | None = 500
    """None lets the call do its work and be answered."""
    times: int | None = None
    """So many calls more; None until it is switched off."""
    applied: bool = False
    """Whether the call does its work before it seems to fail."""
    seconds: float = 0.0
    """Waited before the work or, where it is done all the same, after it."""
    retry_after: int | None = None
    form: str = "envelope"
    rows: str | None = None
    """Of a bulk call some rows fail: named in the answer's lists, or counted alone."""
    every: int = 3
    """One row in so many of a bulk call fails, the first always."""

    @classmethod
    def read(cls, wanted: Any, where: str, **given: Any) -> Rule:
        """From JSON; ValueError names the field that is wrong. `given` are the values where nothing is said."""
        if not isinstance(wanted, dict) or not wanted.keys() <= KINDS.keys():
            raise ValueError(f"{where}: an object of {', '.join(KINDS)} expected")
        for name, value in wanted.items():
            if value is not None and type(value) not in KINDS[name]:
                raise ValueError(f"{where}.{name}: {KINDS[name][0].__name__} expected")
        rule = cls(**{**given, **{name: value for name, value in wanted.items() if value is not None}})
        rule.check(where)
        return rule

    def check(self, where: str) -> None:
        if self.form not in FORMS:
            raise ValueError(f"{where}.form: one of {', '.join(FORMS)} expected")
        if self.rows not in (None, *ROWS):
            raise ValueError(f"{where}.rows: one of {', '.join(ROWS)} expected")
        if self.status not in (None, RESET) and not 100 <= self.status <= 599:
            raise ValueError(f"{where}.status: an HTTP status, or 0 for a reset connection, expected")
        for name, least in (("times", 1), ("seconds", 0), ("retry_after", 0), ("every", 1)):
            value = getattr(self, name)
            if value is not None and not least <= value < 1e6:
                raise ValueError(f"{where}.{name}: a number from {least} on expected")

    def strikes(self, request: Request) -> bool:
        if not request.path.startswith(self.path) or self.method not in (None, request.method):
            return False
        if self.rows and request.path not in BULK:
            return False
        return self.person is None or is_about(request, self.person.lower())

    def describe(self) -> dict[str, Any]:
        """What differs from the default, in the form in which it can be given."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name)) != f.default}


def is_about(request: Request, person: str) -> bool:
    """By address in any spelling, or by a user id anywhere in the body."""
    return person in emails_named(request) or f'"{person}"'.encode() in request.raw.lower()
