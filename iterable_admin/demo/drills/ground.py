"""What a drill stands on: the running processes, the door that events go in by, and the sandbox's switches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from iterable_admin.demo.drills.crowd import Crowd
from iterable_admin.demo.drills.faults import Faults
from iterable_admin.demo.drills.reading_back import delivered, differences
from iterable_admin.demo.drills.standing import Standing, standing
from iterable_admin.demo.drills.verdict import Verdict
from iterable_admin.demo.drills.waiting import Say, at_rest, wait_until
from iterable_admin.demo.processes import Troupe
from iterable_admin.demo.upstream import Upstream


@dataclass
class Ground:
    players: Troupe
    upstream: Upstream
    faults: Faults
    logs: Path
    say: Say

    def wait_for_rest(self, crowd: Crowd) -> None:
        wait_until(lambda: at_rest(crowd.ids), "everything to be delivered, or to wait for a person", self.say)

    def judge(
        self,
        drill: str,
        crowd: Crowd,
        since: int,
        *,
        stood: list[Standing] | None = None,
        wrong: list[str] | None = None,
        notes: list[str] | None = None,
    ) -> Verdict:
        """`since`: how many calls there had been before this drill."""
        calls = self.faults.calls()[since:]
        self.say("Reading what Iterable holds now …")
        twice, missing = differences(crowd)
        return Verdict(
            drill=drill,
            sent=len(crowd.ids),
            delivered=delivered(crowd),
            calls=len(calls),
            struck=sum(bool(call["fault"]) for call in calls),
            twice=twice,
            missing=missing,
            stood=stood or [],
            stuck=standing(crowd.ids),
            wrong=wrong or [],
            notes=notes or [],
        )
