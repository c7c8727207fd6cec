"""The client and the sandbox together, against a small model of what Iterable says it does.

`HYPOTHESIS_PROFILE=long` looks for minutes and each time elsewhere; the quick profile always makes the same walk.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from iterable_admin.iterable.client import IterableClient
from iterable_admin.sandbox import running_sandbox
from tests.contract.model import Kind
from tests.contract.walk import Walk

LIKEWISE: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "report_multiple_bugs": False,
    "suppress_health_check": list(HealthCheck),
}
PROFILES = {
    "quick": settings(derandomize=True, max_examples=12, stateful_step_count=20, phases=[Phase.generate], **LIKEWISE),
    "long": settings(max_examples=150, stateful_step_count=40, **LIKEWISE),
}
PROFILE = PROFILES[os.environ.get("HYPOTHESIS_PROFILE", "quick")]


@pytest.mark.parametrize("kind", ["email", "userid", "hybrid"])
def test_client_and_sandbox_do_what_iterable_says(kind: Kind) -> None:
    with running_sandbox(project_type=kind) as sandbox:
        client = IterableClient("any-key", sandbox.url, project_type=kind, timeout=(5, 30))
        run_state_machine_as_test(lambda: Walk(kind, sandbox, client), settings=PROFILE)  # type: ignore[arg-type]
