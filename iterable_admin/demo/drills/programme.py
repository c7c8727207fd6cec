"""All drills by name, in the order in which they are run together."""

from __future__ import annotations

from collections.abc import Callable

from iterable_admin.demo.drills import (
    chance,
    echoed_secret,
    errors_500,
    killed_worker,
    partial_failures,
    permanent_500,
    refused_key,
    resets,
    slow_answers,
    storm_429,
    timeout_after_commit,
)
from iterable_admin.demo.drills.ground import Ground
from iterable_admin.demo.drills.verdict import Verdict

DRILLS: dict[str, Callable[[Ground], Verdict]] = {
    "storm-429": storm_429.drill,
    "errors-500": errors_500.drill,
    "permanent-500": permanent_500.drill,
    "timeout-after-commit": timeout_after_commit.drill,
    "resets": resets.drill,
    "partial-failures": partial_failures.drill,
    "slow-answers": slow_answers.drill,
    "refused-key": refused_key.drill,
    "echoed-secret": echoed_secret.drill,
    "chance": chance.drill,
    "killed-worker": killed_worker.drill,
}
