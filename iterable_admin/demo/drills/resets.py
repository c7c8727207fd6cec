"""The connection breaks, sometimes before the work and sometimes after it."""

from __future__ import annotations

from iterable_admin.demo.drills.enduring import endure
from iterable_admin.demo.drills.ground import Ground
from iterable_admin.demo.drills.verdict import Verdict

STRIKES = 4


def drill(ground: Ground) -> Verdict:
    return endure(ground, "resets", {name: {"times": STRIKES} for name in ("resets-after-work", "resets-before-work")})
