from __future__ import annotations

from typing import Any

import pytest

from iterable_admin.sandbox.project.catalog import GITLAB_MARKETING, MARKETING_MESSAGE, TRANSACTIONAL
from tests.sandbox.caller import Caller


def templates(sandbox: Caller, query: str = "") -> list[dict[str, Any]]:
    return list(sandbox.get(f"/api/templates{query}")[1]["templates"])


def test_every_campaign_has_a_template_that_names_it(sandbox: Caller) -> None:
    owners = {t["templateId"]: t["campaignId"] for t in templates(sandbox) if "campaignId" in t}
    assert owners == {c["templateId"]: c["id"] for c in sandbox.get("/api/campaigns")[1]["campaigns"]}


def test_some_templates_stand_on_the_message_type_that_must_not_be_used(sandbox: Caller) -> None:
    found = templates(sandbox, "?templateType=Workflow")
    trial = [t["messageTypeId"] for t in found if 8_040_401 <= t["campaignId"] <= 8_040_414]
    assert [trial.count(kind) for kind in (GITLAB_MARKETING, MARKETING_MESSAGE, TRANSACTIONAL)] == [10, 3, 1]


def test_types_and_media_together_give_every_template_once(sandbox: Caller) -> None:
    pairs = [
        (kind, medium) for kind in ("Base", "Blast", "Triggered", "Workflow") for medium in ("Email", "Push", "InApp", "SMS")
    ]
    found = [
        t["templateId"] for kind, medium in pairs for t in templates(sandbox, f"?templateType={kind}&messageMedium={medium}")
    ]
    assert sorted(found) == [t["templateId"] for t in templates(sandbox)]


def test_pages_have_a_total(sandbox: Caller) -> None:
    answer = sandbox.get("/api/templates?pageSize=5&page=2&sort=-createdAt")[1]
    assert (len(answer["templates"]), answer["totalTemplatesCount"]) == (5, 42)
    assert (answer["nextPageUrl"], answer["previousPageUrl"]) == (
        "/api/templates?pageSize=5&page=3&sort=-createdAt",
        "/api/templates?pageSize=5&page=1&sort=-createdAt",
    )


def test_the_time_of_creation_bounds_the_list(sandbox: Caller) -> None:
    day = templates(sandbox, "?startDateTime=2023-04-04%2012:00:00&endDateTime=2023-04-05%2012:00:00%20%2B00:00")
    assert [t["createdAt"] for t in day] == [1_680_609_600_000, 1_680_609_600_000]


def test_a_template_comes_with_its_content(sandbox: Caller) -> None:
    status, found = sandbox.get("/api/templates/email/get?templateId=11240401")
    assert (status, found["subject"], found["locale"]) == (200, "Your GitLab trial has started", "")
    assert found["metadata"] == next(t for t in templates(sandbox) if t["templateId"] == 11_240_401)
    assert sandbox.get("/api/templates/email/get?templateId=11240401&locale=fr")[1]["locale"] == "fr"


def test_a_key_of_the_client_finds_templates(sandbox: Caller) -> None:
    found = sandbox.get("/api/templates/getByClientTemplateId?clientTemplateId=saas-trial-welcome")[1]
    assert found == {"templates": [{"templateId": 11_240_401, "campaignId": 8_040_401, "locales": ["fr", "de", "ja"]}]}
    assert sandbox.get("/api/templates/getByClientTemplateId?clientTemplateId=none")[1] == {"templates": []}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/email/get?templateId=1", 400, "BadParams"),
        ("/email/get", 400, "BadParams"),
        ("/push/get?templateId=11240401", 400, "BadParams"),
        ("/embedded/get?templateId=1", 400, "BadParams"),
        ("/email/get?templateId=11240401&locale=xx", 404, "NotFound"),
        ("/getByClientTemplateId", 400, "BadParams"),
        ("?templateType=Odd", 400, "BadParams"),
        ("?startDateTime=yesterday", 400, "BadParams"),
        ("?startDateTime=0001-01-01%2000:00:00%20%2B05:00", 400, "BadParams"),
        ("?startDateTime=2024-01-02&endDateTime=2024-01-01", 400, "BadParams"),
    ],
)
def test_a_wrong_question_is_refused(sandbox: Caller, path: str, status: int, code: str) -> None:
    answered, body = sandbox.get(f"/api/templates{path}")
    assert (answered, body["code"]) == (status, code)
