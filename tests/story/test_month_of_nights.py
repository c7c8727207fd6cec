"""A month of nightly runs, told at its end: what Iterable holds, and what each run says of itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings

from contacts.consent.learning import learn_ids
from iterable_admin.inbox.models import Source
from iterable_admin.inbox.tokens import create_token
from iterable_admin.sandbox import RunningSandbox, running_sandbox
from tests.conftest import JsonClient, member_of, signed_in
from tests.emptying import empty_database
from tests.story import cast, wording
from tests.story.figures import Figures, reckon
from tests.story.nights import UNKNOWN, Standing, Trouble, at_the_start, month
from tests.story.oracle import expected_profiles
from tests.story.playing import KEY, Player, Seen

# Databases are made for tests that say so; these only read what was seen.
pytestmark = [pytest.mark.story, pytest.mark.django_db]

SEED = 20260402
NIGHTS = month(SEED)
RECKONING = reckon(NIGHTS)
EVERY_ADDRESS = {told.mailbox for night in NIGHTS for told in night.told} | RECKONING.others.keys() | set(at_the_start())
MISSING, EMPTY, KEY_REFUSED = 4, 17, (24, 25)
MARKETING = 108642
# Left the window, vanished, lost their last group, or are held: since when Iterable's values stay.
FROZEN = {
    **dict.fromkeys(("edge.midnight", "edge.last"), 29),
    "edge.before": 26,
    "leaves": 14,
    "leaves.early": 3,
    "blocked": 7,
    "deleted": 19,
    "last.group.gone": 12,
    "two.forever": 16,
    "not.json.forever": 24,
}
FIGURES = ("state", "read", "unchanged", "delivered", "failed", "skipped", "skipped_reasons")


@pytest.fixture(scope="module")
def seen(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """The month is played once, and everything that was seen of it from outside is kept for the tests."""
    warehouse = tmp_path_factory.mktemp("month") / "warehouse.duckdb"
    with django_db_blocker.unblock(), running_sandbox() as iterable, settings_for(iterable, warehouse):
        try:
            return play(iterable, warehouse)
        finally:
            empty_database()


def settings_for(iterable: RunningSandbox, warehouse: Path) -> override_settings:
    return override_settings(
        WAREHOUSE_URL=f"duckdb:///{warehouse}",
        ITERABLE_BASE_URL=iterable.url,
        ITERABLE_API_KEY=KEY["Api-Key"],
        ITERABLE_SETTLE_SECONDS=0,
        ITERABLE_RATE_LIMIT_SCALE=10_000,
        SENDING="live",
        SENDING_ALLOW_LIST=["*"],
    )


def play(iterable: RunningSandbox, warehouse: Path) -> Seen:
    call_command("seed", verbosity=0)
    learn_ids()
    owner = member_of("Technical owner")
    scopes = [scope.value for scope in Source.Scope]
    api = JsonClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(Source.objects.create(name='month', scopes=scopes))}")
    player = Player(iterable, api, lambda: signed_in(owner), warehouse)
    return player.play(NIGHTS, EVERY_ADDRESS)


def differences(found: dict[Any, Any], expected: dict[Any, Any]) -> str:
    """A line each, so that a failure names them all."""
    lines = [
        f"{key}: {said!r}, expected {meant!r}"
        for key in sorted(found.keys() | expected.keys())
        for said, meant in [different(found.get(key), expected.get(key))]
        if said != meant
    ]
    return "\n".join(lines)


def different(found: Any, expected: Any) -> tuple[Any, Any]:
    """Of two dictionaries what differs in them."""
    if not isinstance(found, dict) or not isinstance(expected, dict):
        return found, expected
    names = [name for name in {**found, **expected} if found.get(name) != expected.get(name)]
    return {name: found.get(name) for name in names}, {name: expected.get(name) for name in names}


def test_iterable_holds_what_the_oracle_says_and_nobody_else(seen: Seen) -> None:
    files = {night.number: (night.day, night.rows) for night in NIGHTS}
    expected = expected_profiles(files, RECKONING.sent_from, RECKONING.others, RECKONING.erased)
    everybody = dict.fromkeys(EVERY_ADDRESS) | expected
    assert not (wrong := differences(seen.profiles, everybody)), wrong


def test_every_run_says_what_became_of_every_row(seen: Seen) -> None:
    meant = {number: figures.told() for number, figures in RECKONING.figures.items()}
    assert not (wrong := differences(figures_of(seen.runs), meant)), wrong


def test_while_trouble_lasts_a_run_says_what_is_still_on_its_way(seen: Seen) -> None:
    meant = {night.number: RECKONING.figures[night.number].at_dawn(night.trouble) for night in NIGHTS}
    assert not (wrong := differences(figures_of(seen.at_dawn), meant)), wrong


def figures_of(runs: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {number: {name: run[name] for name in FIGURES} for number, run in runs.items()}


def test_the_figures_of_every_run_add_up_to_what_it_read(seen: Seen) -> None:
    ends = ("unchanged", "delivered", "skipped", "failed")
    assert [number for number, run in seen.runs.items() if run["read"] != sum(run[name] for name in ends)] == []


def test_the_pages_show_the_figures_of_their_runs(seen: Seen) -> None:
    wrong = [
        (number, words)
        for number, figures in RECKONING.figures.items()
        for words in words_of(figures)
        if not re.search(f" {words}", seen.pages[number])
    ]
    assert wrong == []


def words_of(figures: Figures) -> list[str]:
    """As the page of the run has them: the funnel, and each reason with its rows and when it was first seen."""
    names = {"read": "read", "unchanged": "unchanged", "accepted": "delivered", "skipped": "skipped", "failed": "failed"}
    counts = [f"{shown} {figures.told()[name]} " for shown, name in names.items()]
    return counts + [
        rf"{code.replace('_', ' ')} \D* {count} (?:an? |\d|just|now)" for code, count in figures.skipped_reasons.items()
    ]


def test_whoever_failed_or_is_held_is_named_with_the_reason(seen: Seen) -> None:
    wrong = [
        (number, email, seen.named[number].get(email))
        for number, figures in RECKONING.figures.items()
        for email, state in sorted(figures.named)
        if not is_said(seen.named[number].get(email, ""), state, wording.SAID_OF.get(email, ""))
    ]
    assert wrong == []


def is_said(words: str, state: str, reason: str) -> bool:
    return words.startswith(state) and reason in words


def test_nobody_else_is_named_as_failed(seen: Seen) -> None:
    failed = {number: {email for email in said if said[email].startswith("failed")} for number, said in seen.named.items()}
    assert failed == {number: figures.failed_people() for number, figures in RECKONING.figures.items()}


def test_a_source_that_is_missing_or_empty_stops_the_run_with_the_mend(seen: Seen) -> None:
    for number, words in ((MISSING, wording.SAID_OF_A_MISSING_SOURCE), (EMPTY, wording.SAID_OF_AN_EMPTY_SOURCE)):
        assert words in seen.runs[number]["error"]
        assert words in seen.pages[number]
        assert seen.named[number] == {}
    assert list(seen.refusals) == [EMPTY]
    assert wording.SAID_OF_AN_EMPTY_SOURCE in seen.refusals[EMPTY]


def test_somebody_who_withdrew_stays_out_and_nobody_else_is_put_out(seen: Seen) -> None:
    assert {email: channels for email, channels in seen.opted_out.items() if channels} == {cast.UNSUBSCRIBED: [MARKETING]}


def test_where_only_the_order_or_the_spelling_changes_nothing_is_sent_again(seen: Seen) -> None:
    assert seen.writes[cast.ORDER_ONLY] == ["/api/users/update", "/api/users/bulkUpdate"]


def test_nothing_is_written_of_somebody_whom_iterable_does_not_have(seen: Seen) -> None:
    assert seen.writes[cast.STRANGER] == []


def test_a_run_that_waits_for_a_refused_key_does_not_promise_to_end_by_itself(seen: Seen) -> None:
    for number in KEY_REFUSED:
        assert wording.ENDS_BY_ITSELF not in seen.pages_at_dawn[number]


def test_rows_that_only_the_warehouse_can_mend_are_not_left_to_a_retry(seen: Seen) -> None:
    assert wording.LEFT_TO_A_RETRY not in seen.named[NIGHTS[-1].number]["not.json.forever@example.com"]


def test_the_month_has_everybody_it_needs() -> None:
    assert {told.standing for night in NIGHTS for told in night.told} == set(Standing)
    assert {night.trouble for night in NIGHTS} == {None, *Trouble}
    assert {name: RECKONING.sent_from[f"{name}@example.com"] for name in FROZEN} == FROZEN
    assert 115 <= len(RECKONING.others) + len(UNKNOWN) <= 150
