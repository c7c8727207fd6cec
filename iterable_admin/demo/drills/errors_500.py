"""Iterable fails for a while: its own error, and its load balancer's page."""

from __future__ import annotations

from iterable_admin.demo.drills.enduring import endure
from iterable_admin.demo.drills.ground import Ground
from iterable_admin.demo.drills.verdict import Verdict

# With fewer than six even a row that meets every one of them keeps a try.
STRIKES = 5


def drill(ground: Ground) -> Verdict:
    return endure(ground, "errors-500", {"errors-500": {"times": STRIKES}, "errors-503": {"times": STRIKES}})
