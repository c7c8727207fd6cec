"""An outbox story of every fault, with the real processes: the drills that operators run, on one start-up for all of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from iterable_admin.demo.drills.programme import DRILLS
from iterable_admin.demo.processes import MANAGE
from tests.story.conftest import own_database, own_port

pytestmark = pytest.mark.story

Verdict = dict[str, Any]
# Sent, delivered, and how many calls the fault struck, where its shape says how many.
FIGURES = {
    "storm-429": (24, 24, 7),
    "errors-500": (24, 24, 10),
    "permanent-500": (24, 24, ANY),
    "timeout-after-commit": (24, 24, 2),
    "resets": (24, 24, 8),
    "partial-failures": (24, 24, ANY),
    "slow-answers": (24, 24, 4),
    "refused-key": (24, 24, ANY),
    "echoed-secret": (4, 4, ANY),
    "chance": (72, 72, ANY),
    "killed-worker": (20, 20, 1),
}
# Whose rows waited for a person, and in which words; everything else must have gone by itself.
STOOD = {
    "permanent-500": [("trial.3", "event", "500 GenericError: An error occurred")],
    "partial-failures": [("trial.2", "profile update", "mend the value, then retry")],
    "echoed-secret": [(f"trial.{number}", "event", "400 BadJsonBody: ") for number in range(4)],
}


def drill_all(folder: Path) -> dict[str, Verdict]:
    told = folder / "verdicts.json"
    # A drill must not care for what production would send to.
    environment = {**os.environ, "ITERABLE_BASE_URL": "https://api.iterable.com", "ITERABLE_API_KEY": "production"}
    with own_database(folder) as database:
        options = [f"--json={told}", f"--database={database}", f"--port={own_port()}", f"--sandbox-port={own_port()}"]
        command = [sys.executable, MANAGE, "drill", "--all", *options]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert told.exists(), done.stdout + done.stderr
    return {verdict["drill"]: verdict for verdict in json.loads(told.read_text())}


def stood_as_expected(verdict: Verdict, wanted: list[tuple[str, str, str]]) -> bool:
    stood = sorted(verdict["stood"], key=lambda row: row["person"])
    return len(stood) == len(wanted) and all(
        (row["person"].partition("@")[0], row["what"], row["state"]) == (person, what, "needs_you") and words in row["why"]
        for row, (person, what, words) in zip(stood, wanted, strict=True)
    )


def test_under_each_fault_everything_arrives_once_and_what_needs_somebody_says_why(tmp_path: Path) -> None:
    verdicts = drill_all(tmp_path)
    assert list(verdicts) == list(DRILLS)
    assert {name: (v["sent"], v["delivered"], v["struck"]) for name, v in verdicts.items()} == FIGURES
    ills = ("twice", "missing", "stuck", "wrong")
    assert [(name, v[ill]) for name, v in verdicts.items() for ill in ills if v[ill]] == []
    by_themselves = {name: v for name, v in verdicts.items() if name not in ("refused-key", "chance")}
    assert [v["stood"] for name, v in by_themselves.items() if not stood_as_expected(v, STOOD.get(name, []))] == []
    halted = [row for row in verdicts["refused-key"]["stood"] if row["what"] != "request"]
    # Where the look at people is the first to meet the refusal, no row has been tried yet.
    assert {row["state"] for row in halted} in ({"waiting", "ready"}, {"ready"})
    assert all("Sending is halted: 401 BadApiKey" in row["why"] or "sending switch" in row["why"] for row in halted)
    assert all(v["passed"] for v in verdicts.values())
