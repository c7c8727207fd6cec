"""Every call takes its time, though less than we wait: nothing fails, nothing is sent again."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings

from iterable_admin.demo.drills.enduring import endure
from iterable_admin.demo.drills.ground import Ground
from iterable_admin.demo.drills.verdict import Verdict

STRIKES = 4


def drill(ground: Ground) -> Verdict:
    since = len(ground.faults.calls())
    shape = {"times": STRIKES, "seconds": settings.ITERABLE_TIMEOUT_SECONDS / 2}
    verdict = endure(ground, "slow-answers", {"slow-answers": shape})
    failed = [f"{call['method']} {call['path']} failed" for call in ground.faults.calls()[since:] if call["status"] >= 400]
    return replace(verdict, wrong=[*verdict.wrong, *failed])
