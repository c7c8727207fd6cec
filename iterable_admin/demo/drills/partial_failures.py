"""Rows fail inside calls that succeed: first counted without a name, which pass; then one person by name, who stands."""

from __future__ import annotations

from iterable_admin.demo.drills.crowd import gather
from iterable_admin.demo.drills.ground import Ground
from iterable_admin.demo.drills.needing import need_somebody
from iterable_admin.demo.drills.verdict import Verdict

COUNTED = 2


def drill(ground: Ground) -> Verdict:
    crowd = gather("partial-failures")
    struck = crowd.trials[2]
    ground.faults.switch_on("partial-counted", times=COUNTED)
    shape = {"path": "/api/users/bulkUpdate", "person": struck}
    return need_somebody(ground, "partial-failures", crowd, "partial-named", shape, [struck])
