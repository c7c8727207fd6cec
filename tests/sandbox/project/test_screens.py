"""What is done in Iterable's own screens, which its API has no call for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iterable_admin.sandbox import running_sandbox
from iterable_admin.sandbox.project.catalog import GITLAB_MARKETING, MARKETING_MESSAGE
from iterable_admin.sandbox.subscriptions.mailing_lists import ACTIVE_TRIALS, NEVER_MAIL, NEWSLETTER
from tests.sandbox.caller import Caller

TEMPLATE = 11_240_404
MOVE = {"templateId": TEMPLATE, "messageTypeId": GITLAB_MARKETING}


def type_of(sandbox: Caller) -> tuple[int, int]:
    listed = next(t for t in sandbox.get("/api/templates")[1]["templates"] if t["templateId"] == TEMPLATE)
    content = sandbox.get(f"/api/templates/email/get?templateId={TEMPLATE}")[1]
    assert content["metadata"] == listed
    return listed["messageTypeId"], content["messageTypeId"]


def test_a_template_takes_another_message_type(sandbox: Caller) -> None:
    assert type_of(sandbox) == (MARKETING_MESSAGE, MARKETING_MESSAGE)
    assert sandbox.post("/sandbox/templates", MOVE)[0] == 200
    assert type_of(sandbox) == (GITLAB_MARKETING, GITLAB_MARKETING)


def suppressing(sandbox: Caller) -> list[int]:
    return [each["id"] for each in sandbox.get("/api/lists")[1]["lists"] if each.get("isGlobalSuppressionEnabled")]


def test_a_list_is_made_to_hold_for_every_campaign_and_no_longer(sandbox: Caller) -> None:
    assert suppressing(sandbox) == [NEVER_MAIL]
    sandbox.post("/sandbox/lists", {"listId": NEWSLETTER, "isGlobalSuppressionEnabled": True})
    assert suppressing(sandbox) == [NEWSLETTER, NEVER_MAIL]
    sandbox.post("/sandbox/lists", {"listId": NEVER_MAIL, "isGlobalSuppressionEnabled": False})
    assert suppressing(sandbox) == [NEWSLETTER]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sandbox/templates", MOVE | {"templateId": 1}),
        ("/sandbox/templates", MOVE | {"messageTypeId": 1}),
        ("/sandbox/templates", {"templateId": TEMPLATE}),
        ("/sandbox/lists", {"listId": 1, "isGlobalSuppressionEnabled": True}),
        ("/sandbox/lists", {"listId": ACTIVE_TRIALS, "isGlobalSuppressionEnabled": True}),
        ("/sandbox/lists", {"listId": NEWSLETTER, "isGlobalSuppressionEnabled": "yes"}),
    ],
)
def test_what_is_not_there_or_no_such_thing_changes_nothing(sandbox: Caller, path: str, body: Any) -> None:
    assert sandbox.post(path, body)[0] == 400
    assert (type_of(sandbox), suppressing(sandbox)) == ((MARKETING_MESSAGE, MARKETING_MESSAGE), [NEVER_MAIL])


def test_both_are_kept_over_a_restart_and_gone_after_a_reset(tmp_path: Path) -> None:
    for start in (1, 2):
        with running_sandbox(state=tmp_path / "journal") as running, Caller(running.url) as caller:
            if start == 1:
                caller.post("/sandbox/templates", MOVE)
                caller.post("/sandbox/lists", {"listId": NEWSLETTER, "isGlobalSuppressionEnabled": True})
            assert (type_of(caller), suppressing(caller)) == ((GITLAB_MARKETING, GITLAB_MARKETING), [NEWSLETTER, NEVER_MAIL])
            if start == 2:
                caller.post("/sandbox/reset", {})
                assert (type_of(caller), suppressing(caller)) == ((MARKETING_MESSAGE, MARKETING_MESSAGE), [NEVER_MAIL])
