"""Trouble on request: failures by chance or by appointment, slowness, delay, limits, endpoints switched off."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

from iterable_admin.sandbox.options import Options

RESET = 0
"""Stands for a status: the connection is reset and no answer comes."""

FIELDS: dict[str, type] = {
    "fail_rate": float,
    "latency": float,
    "rate_limit_scale": float,
    "delay": float,
    "subscriptions_family": bool,
    "disallowed_events": list,
    "fail_next": list,
}
RULE = {"path", "method", "status", "times", "applied"}


class Fault(NamedTuple):
    status: int
    applied: bool
    """Whether the call does its work before it seems to fail."""


# A refusal for the rate always comes before the work; the others may come after it.
CHANCES = [Fault(429, False)] + [Fault(status, applied) for status in (500, 503, RESET) for applied in (False, True)]


class Faults:
    def __init__(self, seed: int) -> None:
        self.fail_rate = self.latency = self.rate_limit_scale = self.delay = 0.0
        self.subscriptions_family = True
        self.disallowed_events: list[str] = []
        self.fail_next: list[dict[str, Any]] = []
        self._dice = random.Random(seed)  # noqa: S311 - repeatable trouble, not a secret

    @classmethod
    def of(cls, options: Options) -> Faults:
        faults = cls(options.seed)
        faults.fail_rate, faults.latency, faults.delay = options.fail_rate, options.latency, options.delay
        faults.rate_limit_scale = options.rate_limit_scale
        faults.subscriptions_family = options.subscriptions_family
        return faults

    def change(self, wanted: dict[str, Any]) -> None:
        """Take the named values; all or, with a ValueError, none."""
        for name, value in wanted.items():
            kind = FIELDS.get(name)
            allowed = (float, int) if kind is float else (kind,)
            if kind is None or type(value) not in allowed:
                raise ValueError(f"{name}: {kind.__name__} expected" if kind else f"{name}: no such fault")
        if not all(isinstance(rule, dict) and rule.keys() <= RULE for rule in wanted.get("fail_next", ())):
            raise ValueError("fail_next: objects of " + ", ".join(sorted(RULE)) + " expected")
        for name, value in wanted.items():
            setattr(self, name, value)

    def describe(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in FIELDS}

    def pick(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this call, if any; appointments come before chance."""
        for rule in self.fail_next:
            if path.startswith(rule.get("path", "/api/")) and rule.get("method", method) == method:
                return self._keep_appointment(rule)
        if self.fail_rate > 0 and self._dice.random() < self.fail_rate:
            return self._dice.choice(CHANCES)
        return None

    def _keep_appointment(self, rule: dict[str, Any]) -> Fault:
        rule["times"] = rule.get("times", 1) - 1
        if rule["times"] <= 0:
            self.fail_next.remove(rule)
        return Fault(int(rule.get("status", 500)), bool(rule.get("applied", False)))
