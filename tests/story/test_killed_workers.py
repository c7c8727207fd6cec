from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest

from tests.story.conftest import Stage, until

pytestmark = pytest.mark.story

PEOPLE = 2_000
BULK = 250


def trial(number: int) -> dict[str, Any]:
    return {"eventName": "SaaS Trials", "email": f"p{number}@example.com", "dataFields": {"firstName": f"P{number}"}}


def in_iterable(stage: Stage) -> int:
    return int(stage.ask("/sandbox/counts.json")["events"])


def kill_one(stage: Stage, dice: random.Random) -> None:
    """Any process of the cluster; if it was the one that the others hang on, the supervisor starts the cluster again."""
    with suppress(ProcessLookupError):
        os.kill(dice.choice(stage.processes_of("worker")), signal.SIGKILL)
    if "worker" in stage.players.fallen():
        stage.start_workers()
        until(lambda: stage.processes_of("worker"), what="the cluster again")


def test_killed_workers_lose_nothing_and_double_nothing(stage: Stage) -> None:
    dice = random.Random(7)
    for start in range(0, PEOPLE, BULK):
        stage.post("events/bulk/", {"events": [trial(number) for number in range(start, start + BULK)]})
        time.sleep(0.1)
        kill_one(stage, dice)
    stage.kill_all_of("worker")
    stage.start_workers()
    until(lambda: in_iterable(stage) >= PEOPLE, 150, what=f"{PEOPLE} events in the sandbox")
    held = Counter({f"p{number}@example.com": len(stage.events(f"p{number}@example.com")) for number in range(PEOPLE)})
    assert set(held.values()) == {1}
    assert in_iterable(stage) == PEOPLE
