"""The ten people of the truth table: who may be mailed, asked in every way; and what the lint makes of the trial journey."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contacts.consent.looking import look_again
from contacts.consent.models import MessageType
from iterable_admin.sandbox import RunningSandbox
from iterable_admin.sandbox.project.catalog import GITLAB_MARKETING
from journeys.lint.models import LintFinding
from journeys.lint.running import lint
from journeys.lint.what_if import Change, preview_steps
from journeys.mirror.refreshing import refresh
from journeys.models import Campaign
from tests.admin.conftest import signed_in
from tests.conftest import JsonClient, People
from tests.consent.acceptance.people import PEOPLE, Stage, address
from tests.consent.acceptance.ways import by_counting, by_page, by_python, by_rest
from tests.consent.conftest import Post

pytestmark = pytest.mark.django_db(transaction=True)
TRIAL = 361_081
# Of the trial journey's mails, those whose template is on Marketing Message.
CODES = ("SUB01", "SUB02", "SUB03")
MISTAKES = [8_040_404, 8_040_410, 8_040_414]

SEND = "yes/yes"
OUT = ["no/no CHANNEL_UNSUBSCRIBED WITHDREW", "no/no CHANNEL_UNSUBSCRIBED", SEND]
TRAPPED = ["no/no WITHDREW UPSTREAM_WITHDRAWN", "yes/no UPSTREAM_WITHDRAWN", SEND]
# GitLab Marketing (opt-in), Marketing Message (opt-out), Transactional: Iterable will / we should, and every reason.
EXPECTED = {
    "fresh": ["no/no NEVER_ASKED NO_EVIDENCE", "yes/no NO_EVIDENCE", SEND],
    "opted.in": [SEND, SEND, SEND],
    "left.type": ["no/no WITHDREW", "yes/no NO_EVIDENCE", SEND],
    "left.by.link": OUT,
    "left.before": OUT,
    "made.anew": TRAPPED,
    "cleared": TRAPPED,
    "bounced": [
        "no/no BOUNCED CHANNEL_UNSUBSCRIBED WITHDREW",
        "no/no BOUNCED CHANNEL_UNSUBSCRIBED",
        "no/no BOUNCED",
    ],
    "suppressed": [
        "no/no GLOBAL_SUPPRESSION NEVER_ASKED NO_EVIDENCE",
        "no/no GLOBAL_SUPPRESSION NO_EVIDENCE",
        "no/no GLOBAL_SUPPRESSION",
    ],
    "forgotten": ["no/no FORGOTTEN NO_EVIDENCE", "no/no FORGOTTEN NO_EVIDENCE", "no/no FORGOTTEN"],
}
# They are no contacts any more: nobody counts them, and no page shows them.
GONE = "forgotten"


@pytest.fixture
def stage(hooked: RunningSandbox, trial: Post, unsubscribe: Post, drain: Callable[[], None]) -> Stage:
    made = Stage(hooked, trial, unsubscribe, drain)
    made.live()
    return made


def first_reasons(lines: list[str]) -> list[str]:
    return [" ".join(line.split()[:2]) for line in lines]


def exposure(api: JsonClient, name: str) -> Any:
    pk = MessageType.objects.get(name=name).pk
    return api.get(f"/api/v1/message-types/{pk}/exposure/").json()


def of_trial(state: str = "open") -> dict[str, list[tuple[int, int | None]]]:
    """Campaign and exposed people of each finding, by rule."""
    found = LintFinding.objects.filter(code__in=CODES, journey__workflow_id=TRIAL, state=state)
    ids = dict(Campaign.objects.values_list("pk", "iterable_id"))
    told = [(finding.code, ids[int(finding.subject_id)], finding.exposed) for finding in found.order_by("subject_id")]
    return {code: [(campaign, exposed) for of, campaign, exposed in told if of == code] for code in CODES}


def move_in_iterable(iterable: RunningSandbox, campaigns: list[Campaign]) -> None:
    """On its own screens: the API cannot change a template."""
    with iterable.state.lock:
        for campaign in campaigns:
            template = iterable.state.catalog.template(campaign.template_id or 0)
            assert template
            template.listed["messageTypeId"] = GITLAB_MARKETING


def test_everybody_stands_where_they_should_however_it_is_asked(stage: Stage, people: People, api: JsonClient) -> None:
    campaigns = signed_in(people.campaigns_owner)
    for name in PEOPLE:
        assert by_python(address(name)) == EXPECTED[name], name
        assert by_rest(api, address(name)) == EXPECTED[name], name
        if name != GONE:
            assert by_counting(address(name)) == first_reasons(EXPECTED[name]), name
            assert by_page(campaigns, address(name)) == EXPECTED[name], name


def test_the_trial_journeys_mistakes_are_counted_and_a_move_mends_them(stage: Stage, api: JsonClient) -> None:
    told = exposure(api, "Marketing Message")
    # Fresh, and left the opt-in type alone; made anew, and cleared.
    assert (told["contacts"], told["exposed"], told["reasons"]) == (10, 4, {"NO_EVIDENCE": 2, "UPSTREAM_WITHDRAWN": 2})
    lint("command")
    assert of_trial() == {code: [(mistake, 4) for mistake in MISTAKES] for code in CODES}

    old, new = (MessageType.objects.select_related("channel").get(name=n) for n in ("Marketing Message", "GitLab Marketing"))
    moved = [row for row in preview_steps(old, Change.MOVE, new) if row.step.journey and row.step.journey.workflow_id == TRIAL]
    assert [(row.now.exposed, row.then.codes, row.then.exposed) for row in moved] == [(4, [], 0)] * 3

    move_in_iterable(stage.iterable, [row.step.campaign for row in moved])
    refresh("command")
    lint("command")
    assert of_trial() == {"SUB01": [], "SUB02": [], "SUB03": []}
    assert {code: len(found) for code, found in of_trial("resolved").items()} == {"SUB01": 3, "SUB02": 3, "SUB03": 3}


def test_what_was_lost_in_iterable_is_applied_again(stage: Stage, api: JsonClient) -> None:
    stage.drain()
    look_again()
    assert {name: by_rest(api, address(name)) for name in ("made.anew", "cleared")} == {"made.anew": OUT, "cleared": OUT}
    assert exposure(api, "Marketing Message")["reasons"] == {"NO_EVIDENCE": 2}
