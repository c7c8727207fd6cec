"""Everything at once: three calls in ten fail, with 429, 500, 503 or a reset, before their work or after it."""

from __future__ import annotations

from iterable_admin.demo.drills.crowd import gather, send
from iterable_admin.demo.drills.ground import Ground
from iterable_admin.demo.drills.needing import retry_all
from iterable_admin.demo.drills.standing import standing
from iterable_admin.demo.drills.verdict import Verdict

SHARE = 0.3


def drill(ground: Ground) -> Verdict:
    crowd = gather("chance", trials=60, leavers=12)
    since = len(ground.faults.calls())
    ground.faults.by_chance(SHARE)
    send(crowd, ground.upstream, ground.say)
    ground.wait_for_rest(crowd)
    stood = standing(crowd.ids)
    ground.faults.all_off()
    retry_all(crowd)
    ground.wait_for_rest(crowd)
    return ground.judge("chance", crowd, since, stood=stood)
