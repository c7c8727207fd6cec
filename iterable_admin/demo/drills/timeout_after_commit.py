"""Iterable does the work and never answers: nobody can know, so it is sent again, and may not be there twice."""

from __future__ import annotations

from django.conf import settings

from iterable_admin.demo.drills.enduring import endure
from iterable_admin.demo.drills.ground import Ground
from iterable_admin.demo.drills.verdict import Verdict


def drill(ground: Ground) -> Verdict:
    seconds = settings.ITERABLE_TIMEOUT_SECONDS + 1
    shapes = {"times": 1, "seconds": seconds, "path": "/api/events/"}
    return endure(ground, "timeout-after-commit", {"timeout-after-commit": shapes, "timeout-before-work": shapes})
