from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from iterable_admin.demo.drills.needing import unexpected
from iterable_admin.demo.drills.programme import DRILLS
from iterable_admin.demo.drills.stage import drill_environment, refuse_other_than_own
from iterable_admin.demo.drills.standing import Standing
from iterable_admin.demo.drills.verdict import Verdict
from iterable_admin.demo.environment import Folder
from iterable_admin.errors import Problem

ROW = Standing("ann@example.com", "event", "needs_you", "gave up after 6 attempts.")
GOOD = Verdict("storm-429", sent=3, delivered=3, calls=9, struck=4)


def test_a_good_verdict_says_what_happened() -> None:
    assert GOOD.passed
    assert GOOD.in_words().splitlines() == [
        "PASSED  storm-429: 3 of 3 sent were delivered.",
        "  Of 9 calls to Iterable the fault struck 4.",
        "  Nothing is in Iterable twice.",
    ]


def test_rows_that_stood_and_were_delivered_after_the_mend_are_named_with_their_words() -> None:
    verdict = replace(GOOD, stood=[ROW])
    assert verdict.passed
    assert "    event of ann@example.com (needs you): gave up after 6 attempts." in verdict.in_words().splitlines()


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        ({"delivered": 2}, "2 of 3 sent were delivered"),
        ({"struck": 0}, "WRONG: the fault never struck."),
        ({"twice": ["SaaS Trials of ann@example.com, 2 times"]}, "TWICE IN ITERABLE: SaaS Trials of ann@example.com, 2 times"),
        ({"missing": ["the opt-out of ann@example.com, 0 times"]}, "NOT AS SENT: the opt-out of ann@example.com, 0 times"),
        ({"stuck": [ROW]}, "STILL STUCK: 1 row"),
        ({"stood": [ROW, replace(ROW, why=" ")]}, "SAYS NOT WHY: event of ann@example.com"),
        ({"wrong": ["the key is in attempt 7"]}, "WRONG: the key is in attempt 7"),
    ],
)
def test_whatever_is_wrong_fails_the_drill_and_is_said(spoilt: dict[str, Any], words: str) -> None:
    verdict = replace(GOOD, **spoilt)
    assert not verdict.passed
    assert verdict.in_words().startswith("FAILED  storm-429: ")
    assert words in verdict.in_words()


def test_exactly_those_whom_the_fault_concerns_may_stand() -> None:
    assert unexpected([ROW, ROW], ["ann@example.com"]) == []
    assert unexpected([ROW], ["bob@example.com"]) == [
        "nothing of bob@example.com stood, though the fault struck it",
        "ann@example.com stood, whom the fault did not concern",
    ]


@pytest.mark.django_db
def test_a_drill_refuses_a_database_that_is_in_use(settings: Any) -> None:
    settings.ITERABLE_BASE_URL = "http://127.0.0.1:1"
    with pytest.raises(Problem, match="a drill wants an empty one"):
        refuse_other_than_own()


def test_a_drill_refuses_an_iterable_that_is_not_on_this_machine(settings: Any) -> None:
    settings.ITERABLE_BASE_URL = "https://api.iterable.com"
    with pytest.raises(Problem, match=r"ITERABLE_BASE_URL is https://api\.iterable\.com"):
        refuse_other_than_own()


def test_a_drill_never_meets_the_configured_iterable(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ITERABLE_BASE_URL", "ITERABLE_API_KEY", "DATABASE_URL", "SENDING"):
        monkeypatch.setenv(name, "production")
    environment = drill_environment(Folder(tmp_path), "http://127.0.0.1:9", "")
    assert environment["ITERABLE_BASE_URL"] == "http://127.0.0.1:9"
    assert environment["DATABASE_URL"] == f"sqlite:///{tmp_path}/demo.sqlite3"
    assert "production" not in (environment["ITERABLE_API_KEY"], environment["SENDING"])


@pytest.mark.parametrize("names", [[], ["nonsense"], ["resets", "nonsense"]])
def test_a_drill_that_there_is_not_starts_nothing(names: list[str]) -> None:
    with pytest.raises(CommandError, match="Name one or more of storm-429, errors-500"):
        call_command("drill", *names)


def test_every_drill_says_what_it_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("drill", list=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=1)[0] for line in lines] == list(DRILLS)
    assert all(line.endswith(".") for line in lines)
