"""A call about one person never succeeds: theirs stands, and everybody else's goes on."""

from __future__ import annotations

from iterable_admin.demo.drills.crowd import gather
from iterable_admin.demo.drills.ground import Ground
from iterable_admin.demo.drills.needing import need_somebody
from iterable_admin.demo.drills.verdict import Verdict


def drill(ground: Ground) -> Verdict:
    crowd = gather("permanent-500")
    struck = crowd.trials[3]
    shape = {"path": "/api/events/trackBulk", "person": struck}
    return need_somebody(ground, "permanent-500", crowd, "permanent-500", shape, [struck])
