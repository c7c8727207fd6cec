"""Faults that pass: they strike a number of calls, and afterwards everything must have arrived by itself."""

from __future__ import annotations

from typing import Any

from iterable_admin.demo.drills.crowd import gather, send
from iterable_admin.demo.drills.ground import Ground
from iterable_admin.demo.drills.verdict import Verdict
from iterable_admin.demo.drills.waiting import wait_until


def endure(ground: Ground, drill: str, switches: dict[str, dict[str, Any]], trials: int = 20, leavers: int = 4) -> Verdict:
    """`switches`: the faults by name, each shaped to end after so many calls; the first strikes first."""
    crowd = gather(drill, trials, leavers)
    since = len(ground.faults.calls())
    for name, shape in switches.items():
        ground.faults.switch_on(name, **shape)
    send(crowd, ground.upstream, ground.say)
    wait_until(lambda: not ground.faults.any_on(), f"{' and '.join(switches)} to have struck", ground.say)
    ground.wait_for_rest(crowd)
    return ground.judge(drill, crowd, since)
