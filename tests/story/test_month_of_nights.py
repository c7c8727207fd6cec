"""A month of nightly runs, told at its end: what Iterable holds, and what each run says of itself."""

from __future__ import annotations

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
from tests.story.figures import reckon
from tests.story.nights import at_the_start, month
from tests.story.oracle import expected_profiles
from tests.story.playing import KEY, Player, Seen

# Databases are made for tests that say so; these only read what was seen.
pytestmark = pytest.mark.django_db

SEED = 20260402
NIGHTS = month(SEED)
RECKONING = reckon(NIGHTS)
EVERY_ADDRESS = {told.mailbox for night in NIGHTS for told in night.told} | RECKONING.others.keys() | set(at_the_start())
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
    told = {number: {name: run[name] for name in FIGURES} for number, run in seen.runs.items()}
    meant = {number: figures.told() for number, figures in RECKONING.figures.items()}
    assert not (wrong := differences(told, meant)), wrong
