"""Trouble on request: by switch, by appointment or by chance; slowness, delay, limits, endpoints switched off."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from iterable_admin.sandbox.answers import Request
from iterable_admin.sandbox.clock import Clock
from iterable_admin.sandbox.dates import iso
from iterable_admin.sandbox.options import Options
from iterable_admin.sandbox.trouble.presets import PRESETS
from iterable_admin.sandbox.trouble.rules import RESET, Rule

VALUES: dict[str, type] = {
    "fail_rate": float,
    "latency": float,
    "rate_limit_scale": float,
    "delay": float,
    "subscriptions_family": bool,
    "new_fields": bool,
    "disallowed_events": list,
}
CHANCE, APPOINTMENT = "chance", "appointment"
# A refusal for the rate always comes before the work; the others may come after it.
CHANCES = [Rule(status=429, form="text")] + [Rule(status=s, applied=done) for s in (500, 503, RESET) for done in (False, True)]


@dataclass(slots=True)
class Switched:
    """A switch that is on."""

    rule: Rule
    since: float
    struck: int = 0
    last_at: float | None = None

    def describe(self) -> dict[str, Any]:
        last = None if self.last_at is None else iso(self.last_at)
        return {**self.rule.describe(), "since": iso(self.since), "struck": self.struck, "last": last}


@dataclass(frozen=True, slots=True)
class Strike:
    """What hit one call, and by which name it goes."""

    name: str
    rule: Rule


class Faults:
    def __init__(self, seed: int, clock: Clock) -> None:
        self.fail_rate = self.latency = self.rate_limit_scale = self.delay = 0.0
        self.subscriptions_family = self.new_fields = True
        self.disallowed_events: list[str] = []
        self.fail_next: list[Rule] = []
        self.switches: dict[str, Switched] = {}
        self._clock = clock
        self._dice = random.Random(seed)  # noqa: S311 - repeatable trouble, not a secret

    @classmethod
    def of(cls, options: Options, clock: Clock) -> Faults:
        faults = cls(1 if options.seed is None else options.seed, clock)
        faults.fail_rate, faults.latency, faults.delay = options.fail_rate, options.latency, options.delay
        faults.rate_limit_scale = options.rate_limit_scale
        faults.subscriptions_family, faults.new_fields = options.subscriptions_family, options.new_fields
        return faults

    def change(self, wanted: dict[str, Any]) -> None:
        """Take the named values; all or, with a ValueError, none. A switch is true, false, or an object that shapes it."""
        values = {name: read_value(name, value) for name, value in wanted.items() if name not in PRESETS}
        switches = {name: read_switch(name, value) for name, value in wanted.items() if name in PRESETS}
        for name, value in values.items():
            setattr(self, name, value)
        for name, rule in switches.items():
            self.switches.pop(name, None)
            if rule:
                self.switches[name] = Switched(rule, self._clock.now())

    def takes_new_fields(self, asked: bool | None) -> bool:
        """What the call asks for or, if nothing, what the project is set to."""
        return self.new_fields if asked is None else asked

    def describe(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in VALUES}
        appointments = [{"status": rule.status, **rule.describe()} for rule in self.fail_next]
        return {**values, "fail_next": appointments, **{name: self.describe_switch(name) for name in PRESETS}}

    def describe_switch(self, name: str) -> dict[str, Any] | bool:
        switched = self.switches.get(name)
        return switched.describe() if switched else False

    def strike(self, request: Request) -> Strike | None:
        """The fault that hits this call, if any; appointments come before switches, and both before chance."""
        for rule in self.fail_next:
            if rule.strikes(request):
                self._count_down(rule)
                return Strike(APPOINTMENT, rule)
        for name, switched in self.switches.items():
            if switched.rule.strikes(request):
                return self._strike(name, switched)
        if self.fail_rate > 0 and self._dice.random() < self.fail_rate:
            return Strike(CHANCE, self._dice.choice(CHANCES))
        return None

    def _strike(self, name: str, switched: Switched) -> Strike:
        switched.struck, switched.last_at = switched.struck + 1, self._clock.now()
        if switched.rule.times is not None:
            switched.rule.times -= 1
            if switched.rule.times == 0:
                del self.switches[name]
        return Strike(name, switched.rule)

    def _count_down(self, rule: Rule) -> None:
        rule.times = (rule.times or 1) - 1
        if rule.times == 0:
            self.fail_next = [other for other in self.fail_next if other is not rule]


def read_value(name: str, value: Any) -> Any:
    if name == "fail_next":
        return read_appointments(value)
    kind = VALUES.get(name)
    if kind is None:
        raise ValueError(f"{name}: no such fault; there are {', '.join((*VALUES, 'fail_next', *PRESETS))}")
    if type(value) not in ((float, int) if kind is float else (kind,)):
        raise ValueError(f"{name}: {kind.__name__} expected")
    return value


def read_appointments(value: Any) -> list[Rule]:
    if not isinstance(value, list):
        raise ValueError("fail_next: list expected")
    return [Rule.read(rule, f"fail_next[{i}]", times=1) for i, rule in enumerate(value)]


def read_switch(name: str, value: Any) -> Rule | None:
    """None switches it off."""
    if value in (False, None):
        return None
    return Rule.read({} if value is True else value, name, **PRESETS[name].rule)
