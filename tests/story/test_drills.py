"""Every fault drill with the real processes: the same code that an operator runs, once for all of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from iterable_admin.demo.drills.programme import DRILLS
from iterable_admin.demo.processes import MANAGE
from tests.story.conftest import own_database, own_port

pytestmark = pytest.mark.story

SENT = dict.fromkeys(DRILLS, 24) | {"echoed-secret": 4, "chance": 72, "killed-worker": 20}
# The faults that pass by themselves, and how many calls each of them strikes.
STRUCK = {
    "storm-429": 7,
    "errors-500": 10,
    "timeout-after-commit": 2,
    "resets": 8,
    "slow-answers": 4,
    "killed-worker": 1,
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("drills")
    told = folder / "verdicts.json"
    with own_database(folder) as database:
        options = [f"--json={told}", f"--database={database}", f"--port={own_port()}", f"--sandbox-port={own_port()}"]
        # What production would send to must be no matter to a drill.
        environment = {**os.environ, "ITERABLE_BASE_URL": "https://api.iterable.com", "ITERABLE_API_KEY": "production"}
        done = subprocess.run(
            [sys.executable, MANAGE, "drill", "--all", *options], env=environment, capture_output=True, text=True, check=False
        )
        assert told.exists(), done.stdout + done.stderr
    return {verdict["drill"]: verdict for verdict in json.loads(told.read_text())}


@pytest.mark.parametrize("name", DRILLS)
def test_everything_sent_during_the_fault_is_delivered_once(verdicts: dict[str, dict[str, Any]], name: str) -> None:
    verdict = verdicts[name]
    assert (verdict["sent"], verdict["delivered"]) == (SENT[name], SENT[name])
    assert [verdict[wrong] for wrong in ("twice", "missing", "stuck", "wrong")] == [[]] * 4
    assert verdict["passed"]


@pytest.mark.parametrize("name", STRUCK)
def test_the_fault_struck_as_often_as_it_was_asked_to(verdicts: dict[str, dict[str, Any]], name: str) -> None:
    assert verdicts[name]["struck"] == STRUCK[name]


@pytest.mark.parametrize("name", STRUCK)
def test_a_fault_that_passes_needs_nobody(verdicts: dict[str, dict[str, Any]], name: str) -> None:
    assert verdicts[name]["stood"] == []


def test_a_call_that_never_succeeds_costs_its_own_person_one_row(verdicts: dict[str, dict[str, Any]]) -> None:
    [row] = verdicts["permanent-500"]["stood"]
    assert (row["person"], row["what"], row["state"]) == ("trial.3@permanent-500.example.com", "event", "needs_you")
    assert "500 GenericError: An error occurred" in row["why"]


def test_a_row_refused_by_name_stands_alone(verdicts: dict[str, dict[str, Any]]) -> None:
    [row] = verdicts["partial-failures"]["stood"]
    assert (row["person"], row["what"], row["state"]) == ("trial.2@partial-failures.example.com", "profile update", "needs_you")
    assert "mend the value, then retry" in row["why"]


def test_a_refused_key_stops_all_sending_and_every_row_says_what_it_waits_for(verdicts: dict[str, dict[str, Any]]) -> None:
    stood = [row for row in verdicts["refused-key"]["stood"] if row["what"] != "request"]
    assert {row["state"] for row in stood} == {"waiting", "ready"}
    assert all("Sending is halted: 401 BadApiKey" in row["why"] for row in stood if row["state"] == "waiting")
    assert all("sending switch" in row["why"] for row in stood if row["state"] == "ready")


def test_a_refusal_that_quotes_the_key_leaves_it_nowhere(verdicts: dict[str, dict[str, Any]]) -> None:
    stood = verdicts["echoed-secret"]["stood"]
    assert {row["person"] for row in stood} == {f"trial.{number}@echoed-secret.example.com" for number in range(4)}
    assert all("Api-Key -> " in row["why"] and "[redacted]" in row["why"] for row in stood)
