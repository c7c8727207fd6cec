"""How far the tests with random input look. `HYPOTHESIS_PROFILE=long` looks for minutes and each time elsewhere; without it the
suite always makes the same short walk.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
TIMES = 15


def examples(few: int) -> settings:
    return settings(
        max_examples=few * TIMES if LONG else few,
        derandomize=not LONG,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
