"""Iterable says that it is too much, again and again, in both of its ways."""

from __future__ import annotations

from iterable_admin.demo.drills.enduring import endure
from iterable_admin.demo.drills.ground import Ground
from iterable_admin.demo.drills.verdict import Verdict

STRIKES = 3


def drill(ground: Ground) -> Verdict:
    switches = {name: {"times": STRIKES} for name in ("storm-429", "storm-429-text")}
    return endure(ground, "storm-429", {**switches, "storm-429-retry-after": {"times": 1}})
