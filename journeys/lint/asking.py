"""Ask for a run of the lint: a worker takes it up once what happened is committed."""

from __future__ import annotations

from iterable_admin.waking.waking import wake_after_commit

TASK = "journeys.lint.scheduling.run_asked"
WAKE_UP = "lint"


def ask_for_a_run() -> None:
    wake_after_commit(WAKE_UP, TASK)
