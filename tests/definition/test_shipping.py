"""The two journeys of the instance ship as drafts, which nobody has approved."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator

from journeys.definition.describing import as_list, start_words
from journeys.definition.differing import differences
from journeys.definition.graph import Delay, Graph, Message
from journeys.definition.reading import as_json
from journeys.definition.schema import schema
from journeys.definition.shipping import FOLDER, FREE, TRIAL, shipped
from journeys.models import JourneyVersion

BOTH = pytest.mark.parametrize("name", [TRIAL, FREE])


@BOTH
def test_reader_writer_and_schema_agree_on_what_ships(name: str) -> None:
    told = json.loads((FOLDER / f"{name}.json").read_text())
    assert as_json(shipped(name)) == told
    assert list(Draft202012Validator(schema()).iter_errors(told)) == []


@BOTH
def test_every_step_is_reached(name: str) -> None:
    assert [line.key for line in as_list(shipped(name)) if not line.reached] == []


def messages(graph: Graph) -> list[str]:
    return [line.key for line in as_list(graph) if isinstance(graph.step(line.key), Message)]


def test_the_trial_educates_its_owner_for_sixty_days_and_ends_with_a_post_phase() -> None:
    graph = shipped(TRIAL)
    assert start_words(graph.start)[-1] == (
        "Leaves at any step (On a paid plan): whoever has a namespace where On a paid plan is yes."
    )
    assert messages(graph) == [
        *("started", "first-project", "learn-pipelines", "work-together", "customer-story", "trial-ends", "keep-learning"),
        *("extended-trial", "post-feedback", "post-free", "figures", "invite-team", "learn-security", "learn-planning"),
    ]
    assert graph.after("owner", "else") is None


def test_doing_what_a_track_asks_skips_its_rest_and_weekends_are_skipped() -> None:
    graph = shipped(FREE)
    for track, following in (("create", "verify"), ("verify", "team"), ("team", "trial"), ("trial", "done")):
        assert graph.after(track, "done") == graph.step(following)
    assert [step.key for step in graph.steps if isinstance(step, Delay) and not step.skip_weekends] == []


@pytest.mark.django_db
def test_the_seed_describes_what_nobody_described_and_touches_nothing_else(seeded: None) -> None:
    rows = JourneyVersion.objects.order_by("journey__name")
    assert [(str(row), row.state, row.provenance, row.author) for row in rows] == [
        ("version 1 of Free User + Invited Onboarding", "draft", "typed", None),
        ("version 1 of SaaS Trial Onboarding + Post", "draft", "typed", None),
    ]
    rows.update(state="superseded")
    call_command("seed", verbosity=0)
    assert rows.count() == 2
    assert differences(rows[0].read(), shipped(FREE)) == []
